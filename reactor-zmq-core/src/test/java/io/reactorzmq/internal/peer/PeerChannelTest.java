package io.reactorzmq.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.flow.SendCredit;
import io.reactorzmq.internal.transport.InboundGuard;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.Payload;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.RequestChannelFrameCodec;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** What becomes of a frame of data, whatever state its channel and its connection are in. */
class PeerChannelTest {

  private final List<String> sent = new ArrayList<>();
  private final List<Throwable> broken = new ArrayList<>();
  private final InboundGuard guard =
      InboundGuard.guard(connection(), true, Set.of(FrameType.REQUEST_CHANNEL), 1);
  private final PeerChannel channel =
      new PeerChannel(
          guard, Runnable::run, new SendCredit(), new Limits(10, 16_384, 0, 0), new Told());
  private final Outbound outbound = new Outbound();
  private @Nullable RuntimeException failure;

  private TransportConnection connection() {
    return (TransportConnection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {TransportConnection.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "sendFrame" -> {
                    ByteBuf frame = (ByteBuf) arguments[1];
                    String hex = ByteBufUtil.hexDump(frame);
                    frame.release();
                    if (failure != null) {
                      throw failure;
                    }
                    sent.add(hex);
                    yield null;
                  }
                  case "alloc" -> UnpooledByteBufAllocator.DEFAULT;
                  case "receive" -> Flux.never();
                  default -> throw new AssertionError(method);
                });
  }

  private void open() {
    guard.sendFrame(
        1,
        RequestChannelFrameCodec.encode(
            UnpooledByteBufAllocator.DEFAULT, 1, false, false, 5, null, Unpooled.EMPTY_BUFFER));
    channel.outbound().subscribe(outbound);
    outbound.request(5);
    sent.clear();
  }

  private static ByteBuf frame() {
    return Unpooled.buffer().writeZero(FrameWriter.HEADROOM).writeShort(0x0200).skipBytes(6);
  }

  private void isReleasedAndNotSent() {
    ByteBuf frame = frame();
    channel.sendData(frame);
    assertThat(frame.refCnt()).isZero();
    assertThat(sent).isEmpty();
  }

  @Test
  void dataGoesOutWithAHeaderAndNotThroughRSocket() {
    open();
    assertThat(outbound.payloads).isOne();
    ByteBuf frame = frame();
    channel.sendData(frame);
    assertThat(sent).containsExactly("000000012820" + "0200");
    assertThat(frame.refCnt()).isZero();
    assertThat(outbound.payloads).isOne();
  }

  @Test
  void nothingGoesOutBeforeTheChannelIsOpen() {
    isReleasedAndNotSent();
  }

  @Test
  void nothingGoesOutOnceThePeerHasCancelled() {
    open();
    outbound.cancel();
    isReleasedAndNotSent();
    assertThat(broken).hasSize(1);
  }

  @Test
  void nothingGoesOutBehindTheEnd() {
    open();
    channel.complete();
    isReleasedAndNotSent();
  }

  @Test
  void nothingGoesOutWhenTheConnectionIsGone() {
    open();
    channel.dispose();
    isReleasedAndNotSent();
  }

  @Test
  void aConnectionThatFailsToSendBreaksItsChannelAndNothingElse() {
    open();
    failure = new IllegalStateException("no");
    isReleasedAndNotSent();
    assertThat(broken).containsExactly(failure);
  }

  private static final class Outbound extends BaseSubscriber<Payload> {
    private int payloads;

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // demand comes later
    }

    @Override
    protected void hookOnNext(Payload payload) {
      payloads++;
      payload.release();
    }
  }

  private final class Told implements PeerChannel.Listener {
    @Override
    public void onOpen(Limits limits) {}

    @Override
    public void onData(ByteBuf payload) {
      payload.release();
    }

    @Override
    public void onWindow(int window) {}

    @Override
    public void onControl(Kind kind, ByteBuf payload) {}

    @Override
    public void onLeave() {}

    @Override
    public void onEnd() {}

    @Override
    public void onDemand() {}

    @Override
    public void onBroken(Throwable cause) {
      broken.add(cause);
    }
  }
}
