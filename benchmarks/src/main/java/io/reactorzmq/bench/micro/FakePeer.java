package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.internal.flow.PeerFlow;
import io.reactorzmq.internal.flow.PeerLink;
import io.reactorzmq.internal.flow.SendCredit;
import io.reactorzmq.internal.flow.SocketFlow;
import io.reactorzmq.transport.Endpoint;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;

/**
 * The other end of a connection that is not there: takes every frame at once, counts it, releases
 * it, and never runs out of credit. As a real one does, it answers each frame with demand.
 */
final class FakePeer implements PeerLink {

  private final HandLoop loop;
  private final PeerInfo origin;
  private final ByteBufAllocator allocator;
  private final SendCredit credit = new SendCredit();
  private final PeerFlow flow;
  private final Runnable answer = this::answer;
  private Consumer<ByteBuf> frames = ByteBuf::release;
  private long consumed;

  FakePeer(Host host, SocketFlow socket, String type) {
    this.loop = host.loop;
    this.allocator = host.allocator();
    this.origin = new PeerInfo(Endpoint.parse("inproc://fake"), type, "", "", "fake", "fake");
    credit.demanded(Long.MAX_VALUE);
    flow = socket.join(this);
    socket.peerArrived();
    flow.opened(Host.LIMITS);
    loop.run();
  }

  private void answer() {
    flow.demanded();
  }

  PeerFlow flow() {
    return flow;
  }

  /** Who gets the frames from now on, to release them. */
  void frames(Consumer<ByteBuf> taker) {
    frames = taker;
  }

  /** Frames whose credit came back. */
  long consumed() {
    return consumed;
  }

  @Override
  public ByteBufAllocator alloc() {
    return allocator;
  }

  @Override
  public void send(ByteBuf frame) {
    frames.accept(frame);
    loop.execute(answer);
  }

  @Override
  public SendCredit credit() {
    return credit;
  }

  @Override
  public PeerInfo origin() {
    return origin;
  }

  @Override
  public String key() {
    return "fake";
  }

  @Override
  public void window(int window, int more) {
    // frames come one at a time, and no message takes more than one: all credit is one returned
  }

  @Override
  public void settled() {
    // nobody leaves
  }

  @Override
  public void more(int count) {
    consumed += count;
  }

  @Override
  public void control(ByteBuf payload, Runnable sent) {
    payload.release();
    sent.run();
  }

  @Override
  public void cancel(long id) {
    throw new IllegalStateException("there are no requests");
  }

  @Override
  public Flux<ByteBuf> fetch(long id) {
    throw new IllegalStateException("nothing is announced");
  }

  @Override
  public void fail(RuntimeException cause) {
    throw cause;
  }
}
