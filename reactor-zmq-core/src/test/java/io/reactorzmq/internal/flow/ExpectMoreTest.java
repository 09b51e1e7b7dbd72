package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Aside;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.transport.Endpoint;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** A loop that gets several messages at once, from a peer or another thread, expects more. */
class ExpectMoreTest {

  private static final Limits LIMITS = new Limits(10, Limits.MIN_FRAME_BYTES, 0, 0);

  private final ManualLoop loop = new ManualLoop();
  private final ReceiveBudget budget =
      new ReceiveBudget(
          loop, 1 << 30, Duration.ofSeconds(5), Duration.ofSeconds(90), loop.ticker()::nanoTime);
  private final Host host = new Host();
  private final SendBounds bounds = new SendBounds(100, 1000, 10);
  private int expected;

  @Test
  void ofOtherThreads() throws InterruptedException {
    SendPort<String> slow = push();
    elsewhere(() -> slow.tryEmit("one"));
    loop.run();
    assertThat(expected).isZero();
    SendPort<String> quick = push();
    elsewhere(
        () -> {
          quick.tryEmit("two");
          quick.tryEmit("three");
        });
    loop.run();
    assertThat(expected).isEqualTo(1);
  }

  private SendPort<String> push() {
    PipelineFlow<String> push = new PipelineFlow<>(host, Codec.utf8(), bounds, null, LIMITS, 4);
    push.peerArrived();
    return push.sendPort();
  }

  @Test
  void ofAPeer() {
    PipelineFlow<String> pull =
        new PipelineFlow<>(host, Codec.utf8(), null, OnUndecodable.SKIP, LIMITS, 4);
    PeerFlow peer = pull.join(new Link());
    peer.opened(LIMITS);
    pull.receive().subscribe();
    peer.read(frame("one"));
    assertThat(expected).isZero();
    peer.read(frame("two", "three"));
    assertThat(expected).isEqualTo(1);
    loop.run();
  }

  private static void elsewhere(Runnable task) throws InterruptedException {
    Thread thread = new Thread(task);
    thread.start();
    thread.join();
  }

  private static ByteBuf frame(String... texts) {
    FrameWriter writer = new FrameWriter(UnpooledByteBufAllocator.DEFAULT, LIMITS, 1024);
    for (String text : texts) {
      Message message = Message.of(text);
      writer.append(message, message);
    }
    return writer.finish();
  }

  private final class Host implements FlowHost {

    @Override
    public EventExecutor loop() {
      return loop;
    }

    @Override
    public Executor onLoop() {
      return Runnable::run;
    }

    @Override
    public void afterIo(Runnable turn) {
      loop.execute(turn);
    }

    @Override
    public void expectMore() {
      expected++;
    }

    @Override
    public @Nullable Scheduler callbacks() {
      return null;
    }

    @Override
    public ByteBufAllocator allocator() {
      return UnpooledByteBufAllocator.DEFAULT;
    }

    @Override
    public ReceiveBudget budget() {
      return budget;
    }

    @Override
    public Aside aside() {
      return (work, then) -> {
        throw new UnsupportedOperationException();
      };
    }

    @Override
    public void dropped(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void undecodable(Object origin, Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void emit(SocketEvent event) {
      throw new AssertionError(event);
    }

    @Override
    public void moved() {
      // nobody leaves
    }
  }

  /** A peer that is given credit and sends. */
  private static final class Link implements PeerLink {

    @Override
    public SendCredit credit() {
      return new SendCredit();
    }

    @Override
    public PeerInfo origin() {
      return new PeerInfo(Endpoint.parse("inproc://peer"), "PUSH", "", "id", "peer", "inproc");
    }

    @Override
    public ByteBufAllocator alloc() {
      return UnpooledByteBufAllocator.DEFAULT;
    }

    @Override
    public void send(ByteBuf frame) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String key() {
      return "peer";
    }

    @Override
    public void control(ByteBuf payload, Runnable sent) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void cancel(long id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Flux<ByteBuf> fetch(long id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void window(int window, int more) {
      // it may send
    }

    @Override
    public void more(int frames) {
      // it may send
    }

    @Override
    public void settled() {
      // it goes on
    }

    @Override
    public void fail(RuntimeException cause) {
      throw cause;
    }
  }
}
