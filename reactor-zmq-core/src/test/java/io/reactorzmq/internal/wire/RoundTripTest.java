package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.wire.Pipe.Carrier;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a writer frames, a reader gives back: the same parts, in order, and every byte released. */
class RoundTripTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final int THRESHOLD = 1024;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Random random = new Random(20_240_229);

  /** Sizes at which something changes in the way a message is framed. */
  static Stream<Arguments> sizes() {
    return Stream.of(1, 2, 250)
        .flatMap(
            m ->
                IntStream.of(
                        0,
                        1,
                        64,
                        127,
                        128,
                        THRESHOLD - 1,
                        THRESHOLD,
                        THRESHOLD + 1,
                        FRAME - 6,
                        FRAME - 5,
                        FRAME - 4,
                        FRAME,
                        2 * FRAME - 8,
                        2 * FRAME - 7,
                        5 * FRAME)
                    .mapToObj(size -> Arguments.of(m, size)));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void everySize(int maxMessages, int size) {
    for (Carrier carrier : Carrier.values()) {
      Limits limits = new Limits(maxMessages, FRAME, size, 0);
      roundTrip(limits, carrier, () -> new int[] {size}, 7, 0);
      roundTrip(limits, carrier, () -> new int[] {0, size, 0}, 7, 50);
    }
  }

  @ParameterizedTest
  @EnumSource(Carrier.class)
  void randomMessages(Carrier carrier) {
    for (int round = 0; round < 150; round++) {
      int maxMessages = new int[] {1, 2, 3, 250}[random.nextInt(4)];
      int frameBytes = FRAME + random.nextInt(4) * random.nextInt(FRAME);
      Limits limits = new Limits(maxMessages, frameBytes, 0, 0);
      roundTrip(limits, carrier, this::randomSizes, 1 + random.nextInt(40), random.nextInt(100));
    }
  }

  @ParameterizedTest
  @EnumSource(Carrier.class)
  void hundredsOfParts(Carrier carrier) {
    Limits limits = new Limits(10, FRAME, 0, 0);
    roundTrip(limits, carrier, () -> random.ints(700, 0, 60).toArray(), 5, 20);
    roundTrip(limits, carrier, () -> random.ints(300, 0, 3000).toArray(), 3, 20);
  }

  @Test
  void asManyPartsAsAMessageMayHave() {
    Limits limits = new Limits(10, 1 << 17, 0, 0);
    roundTrip(limits, Carrier.HEAP_COPY, () -> random.ints(65_535, 0, 4).toArray(), 2, 0);
  }

  @Test
  void aMessageAboveOneRsocketFrame() {
    Limits limits = new Limits(250, 256 * 1024, 0, 0);
    int size = 17 * 1024 * 1024 + 3;
    roundTrip(limits, Carrier.AS_WRITTEN, () -> new int[] {5, size, 64}, 2, 0);
    roundTrip(limits, Carrier.HEAP_COPY, () -> new int[] {size}, 1, 0);
  }

  @Test
  void aMessageThatWasReceivedMayBeSentOn() {
    Limits limits = new Limits(3, FRAME, 0, 0);
    Pipe first = new Pipe(alloc, limits, THRESHOLD, Carrier.AS_WRITTEN);
    Pipe second = new Pipe(alloc, limits, THRESHOLD, Carrier.DIRECT_COPY);
    List<byte[][]> sent = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      byte[][] parts = bytes(randomSizes());
      sent.add(parts);
      first.send(Message.of(parts), new Holder());
    }
    first.flush();
    for (Message message : first.received) {
      second.send(message, message);
      message.release();
    }
    second.flush();
    assertReceived(second, sent);
    assertThat(Bytes.live(alloc)).isZero();
  }

  @Test
  void thePooledAllocatorGetsEverythingBack() {
    PooledByteBufAllocator pooled = new PooledByteBufAllocator(true, 1, 1, 8192, 9, 0, 0, false);
    for (Carrier carrier : Carrier.values()) {
      Pipe pipe = new Pipe(pooled, new Limits(20, FRAME, 0, 0), THRESHOLD, carrier);
      List<byte[][]> sent = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        byte[][] parts = bytes(randomSizes());
        sent.add(parts);
        Message message = Message.of(pooled.directBuffer().writeBytes(parts[0]));
        pipe.send(message, message);
        message.release();
        sent.set(i, new byte[][] {parts[0]});
      }
      pipe.flush();
      assertReceived(pipe, sent);
    }
    assertThat(pooled.metric().directArenas().get(0).numActiveAllocations()).isZero();
    assertThat(pooled.metric().heapArenas().get(0).numActiveAllocations()).isZero();
  }

  private interface Sizes {
    int[] next();
  }

  private int[] randomSizes() {
    int[] sizes = new int[1 + random.nextInt(random.nextInt(5) == 0 ? 30 : 3)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] =
          switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> THRESHOLD - 1 + random.nextInt(3);
            case 2 -> random.nextInt(3 * FRAME);
            case 3 -> FRAME - 10 + random.nextInt(20);
            default -> random.nextInt(200);
          };
    }
    return sizes;
  }

  private byte[][] bytes(int[] sizes) {
    byte[][] parts = new byte[sizes.length][];
    for (int i = 0; i < sizes.length; i++) {
      parts[i] = new byte[sizes[i]];
      random.nextBytes(parts[i]);
    }
    return parts;
  }

  /** Sends messages with now and then a frame closed early, and compares what arrives. */
  private void roundTrip(Limits limits, Carrier carrier, Sizes sizes, int count, int earlyPercent) {
    Pipe pipe = new Pipe(alloc, limits, THRESHOLD, carrier);
    List<byte[][]> sent = new ArrayList<>();
    List<Holder> holders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[][] parts = bytes(sizes.next());
      sent.add(parts);
      Holder holder = new Holder();
      holders.add(holder);
      pipe.send(Message.of(parts), holder);
      if (random.nextInt(100) < earlyPercent) {
        pipe.flush();
      }
    }
    pipe.flush();
    assertReceived(pipe, sent);
    assertThat(holders).allMatch(holder -> holder.refCnt() == 1);
    assertThat(holders).allMatch(holder -> holder.retains() <= pipe.frames());
    assertThat(Bytes.live(alloc)).isZero();
  }

  private static void assertReceived(Pipe pipe, List<byte[][]> sent) {
    assertThat(pipe.received).hasSameSizeAs(sent);
    for (int i = 0; i < sent.size(); i++) {
      Message message = pipe.received.get(i);
      byte[][] parts = sent.get(i);
      assertThat(message.partCount()).isEqualTo(parts.length);
      for (int k = 0; k < parts.length; k++) {
        ByteBuf expected = Unpooled.wrappedBuffer(parts[k]);
        if (!message.part(k).equals(expected)) {
          throw new AssertionError("message " + i + ", part " + k + " differs");
        }
      }
      message.release();
      assertThat(message.refCnt()).isZero();
    }
  }
}
