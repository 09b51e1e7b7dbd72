package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.transport.Landing;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Frames that are announced are fetched straight to where their content is wanted. */
class LandingTest {

  private static final int STREAM = 5;
  private static final int PAYLOAD_NEXT = 10 << 10 | 0x20;
  private static final int METADATA = 0x100;
  private static final int HEAD = 8;

  private final Ground ground = new Ground(RdmaOptions.defaults().rendezvousThreshold(1000));
  private final Ground.Pair pair = ground.pair();
  private final List<byte[]> received = new CopyOnWriteArrayList<>();
  private final AtomicReference<@Nullable ByteBuf> landed = new AtomicReference<>();
  private @Nullable Landing landing;
  private @Nullable Runnable withdraw;
  private Subscription subscription;

  @AfterEach
  void close() {
    ByteBuf kept = landed.get();
    if (kept != null) {
      kept.release();
    }
    ground.close();
  }

  private void receive(Landing first) {
    landing = first;
    pair.accepted()
        .receive()
        .subscribe(
            new BaseSubscriber<ByteBuf>() {
              @Override
              protected void hookOnSubscribe(Subscription started) {
                subscription = started;
                started.request(Long.MAX_VALUE);
              }

              @Override
              protected void hookOnNext(ByteBuf frame) {
                received.add(ByteBufUtil.getBytes(frame));
                if (landing != null) {
                  withdraw = pair.accepted().land(landing);
                  landing = null;
                }
              }

              @Override
              protected void hookOnError(Throwable failure) {}
            });
    send(PAYLOAD_NEXT, 20);
    Ground.patiently().until(() -> received.size() == 1);
  }

  private byte[] send(int typeAndFlags, int length) {
    byte[] bytes = new byte[length];
    for (int i = 6; i < length; i++) {
      bytes[i] = (byte) (i * 31 + length);
    }
    ByteBuf frame = ground.allocator.directBuffer(length).writeBytes(bytes);
    frame.setInt(0, STREAM).setShort(4, typeAndFlags).getBytes(0, bytes);
    pair.dialled().sendFrame(STREAM, frame);
    return bytes;
  }

  /** Keeps what it gives, to see what has come there. */
  private Landing keeping(boolean direct) {
    return (first, second, rest, scratch) -> {
      ByteBuf where =
          direct
              ? ground.allocator.directBuffer(rest, rest)
              : ground.allocator.heapBuffer(rest, rest);
      landed.set(where.retain());
      return where;
    };
  }

  private byte[] rest(byte[] frame) {
    return Arrays.copyOfRange(frame, HEAD, frame.length);
  }

  private byte[] landedBytes(int length) {
    ByteBuf kept = landed.get();
    assertThat(kept).isNotNull();
    byte[] bytes = new byte[length];
    kept.getBytes(0, bytes);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({"true, 2000", "true, 1100000", "false, 2000", "false, 1100000"})
  void anAnnouncedFrameLandsWhereItIsWanted(boolean direct, int length) {
    receive(keeping(direct));
    byte[] sent = send(PAYLOAD_NEXT, length);
    Ground.patiently().until(() -> received.size() == 2);
    assertThat(received.get(1)).isEqualTo(sent);
    assertThat(landedBytes(length - HEAD)).isEqualTo(rest(sent));
  }

  @Test
  void itIsToldTheFirstTwoBytesAndTheLengthOfTheRest() {
    List<Integer> told = new CopyOnWriteArrayList<>();
    receive(
        (first, second, rest, scratch) -> {
          told.addAll(List.of(first, second, rest));
          return null;
        });
    byte[] sent = send(PAYLOAD_NEXT, 5000);
    Ground.patiently().until(() -> received.size() == 2);
    assertThat(received.get(1)).isEqualTo(sent);
    assertThat(told).containsExactly(sent[6] & 0xFF, sent[7] & 0xFF, 4992);
  }

  @Test
  void aFrameWithMetadataDoesNotLand() {
    receive(keeping(true));
    byte[] sent = send(PAYLOAD_NEXT | METADATA, 5000);
    Ground.patiently().until(() -> received.size() == 2);
    assertThat(received.get(1)).isEqualTo(sent);
    assertThat(landed.get()).isNull();
  }

  @Test
  void nothingLandsWhenItIsNotWantedAnyMore() {
    receive(keeping(true));
    Ground.run(ground.bound(), () -> withdraw.run());
    byte[] sent = send(PAYLOAD_NEXT, 5000);
    Ground.patiently().until(() -> received.size() == 2);
    assertThat(received.get(1)).isEqualTo(sent);
    assertThat(landed.get()).isNull();
  }

  @Test
  void whereItLandsIsReleasedWhenThereIsNoMemoryForTheRest() {
    receive(keeping(false));
    ByteBuf frame = ground.allocator.directBuffer(50_000).writeZero(50_000);
    frame.setInt(0, STREAM).setShort(4, PAYLOAD_NEXT);
    ground.allocator.exhausted = true;
    pair.dialled().sendFrame(STREAM, frame);
    Ground.patiently().until(() -> pair.accepted().isDisposed());
    Ground.patiently().until(() -> landed.get() != null && landed.get().refCnt() == 1);
    ground.allocator.exhausted = false;
  }

  @Test
  void whoCannotSayWhereItIsWantedEndsTheConnection() {
    receive(
        (first, second, rest, scratch) -> {
          throw new IllegalStateException("says the test");
        });
    send(PAYLOAD_NEXT, 1_000_000);
    assertThatIllegalStateException()
        .isThrownBy(() -> pair.accepted().onClose().block(Ground.LONG))
        .withMessage("says the test");
  }

  @Test
  void whereItLandsIsReleasedWhenTheConnectionEndsMeanwhile() {
    receive(
        (first, second, rest, scratch) -> {
          ByteBuf where = ground.allocator.directBuffer(rest, rest);
          landed.set(where.retain());
          pair.accepted().dispose();
          return where;
        });
    send(PAYLOAD_NEXT, 1_000_000);
    Ground.patiently().until(() -> landed.get() != null && landed.get().refCnt() == 1);
    pair.accepted().onClose().onErrorComplete().block(Ground.LONG);
    assertThat(received).hasSize(1);
  }
}
