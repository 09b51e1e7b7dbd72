package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Scheduler;

/** The flow of PUB: values come in by a port and go out by a fan-out, to whoever subscribed. */
public final class PublishFlow<T> implements SocketFlow {

  private final FlowHost host;
  private final Codec<T> codec;
  private final FanOut<T> fanOut;
  private final SendPort<Publication<T>> port;
  private final SubscriberWatch watch;

  /**
   * Creates a flow without peers.
   *
   * @param host the socket
   * @param codec encodes values
   * @param bounds of the messages that wait to be handed to the lanes
   * @param policy what a lane does that is full
   * @param laneBounds of each lane
   */
  public PublishFlow(
      FlowHost host,
      Codec<T> codec,
      SendBounds bounds,
      OverflowPolicy policy,
      LaneBounds laneBounds) {
    this.host = host;
    this.codec = codec;
    Scheduler callbacks = host.callbacks();
    Executor completions = callbacks == null ? host.onLoop() : callbacks::schedule;
    this.fanOut = new FanOut<>(host, codec, bounds, policy, laneBounds);
    this.port = new SendPort<>(fanOut, completions);
    this.watch = new SubscriberWatch(host.onLoop(), completions);
  }

  // ---- what the socket offers

  /**
   * Publishes a value, waiting for its turn.
   *
   * @param topic what subscribers ask for
   * @param value taken at subscription
   * @return cold; completes when the lanes have it
   */
  public Mono<Void> publish(String topic, T value) {
    Publication<T> publication = new Publication<>(Topics.utf8(topic, "topic"), value);
    return new SendOne<>(port, "publish", publication, SendPort.counted(value) != null);
  }

  /**
   * Publishes what a publisher emits, requesting only what there is room for.
   *
   * @param values subscribed to when the result is
   * @param topic gives the topic of each
   * @return cold; completes when the publisher has and the lanes have everything
   */
  public Mono<Void> publishAll(Publisher<? extends T> values, Function<? super T, String> topic) {
    return port.sendAll(
        Flux.from(values)
            .handle(
                (value, sink) -> {
                  Publication<T> publication;
                  try {
                    publication =
                        new Publication<>(Topics.utf8(topic.apply(value), "topic"), value);
                  } catch (Throwable e) {
                    codec.discard(value);
                    sink.error(e);
                    return;
                  }
                  sink.next(publication);
                }));
  }

  /**
   * Publishes a value without waiting. A value that is not accepted stays the caller's.
   *
   * @param topic what subscribers ask for
   * @param value the value
   * @return OK, FAIL_OVERFLOW or FAIL_TERMINATED
   */
  public EmitResult tryPublish(String topic, T value) {
    return port.tryEmit(new Publication<>(Topics.utf8(topic, "topic"), value));
  }

  /**
   * Waits for subscribers.
   *
   * @param topic what is going to be published
   * @param n how many of them
   * @return cold; completes when so many have been told that their subscription is in force
   */
  public Mono<Void> awaitSubscribers(String topic, int n) {
    return watch.await(Topics.utf8(topic, "topic"), n);
  }

  // ---- what peers use

  FlowHost host() {
    return host;
  }

  ByteBufAllocator allocator() {
    return host.allocator();
  }

  FanOut<T> fanOut() {
    return fanOut;
  }

  SubscriberWatch watch() {
    return watch;
  }

  FrameWriter writer(PeerLink link, Limits peer) {
    return FrameWriters.ofNumbered(link, peer);
  }

  // ---- the socket's life

  @Override
  public PeerFlow join(PeerLink link) {
    return new PublishPeer<>(this, link);
  }

  @Override
  public void peerArrived() {
    // it matters when it subscribes
  }

  @Override
  public void peerLeft() {
    // see PublishPeer.gone
  }

  @Override
  public void close() {
    fanOut.close();
    watch.close();
  }

  @Override
  public boolean isDrained() {
    return fanOut.isDrained();
  }

  @Override
  public boolean isTaken() {
    return true;
  }

  @Override
  public long terminate() {
    return fanOut.terminate();
  }

  @Override
  public void finish(Runnable done) {
    done.run();
  }

  @Override
  public Counters counters() {
    return new Counters(
        fanOut.sent(),
        0,
        0,
        0,
        0,
        fanOut.queuedMessages(),
        fanOut.queuedBytes(),
        fanOut.bounds().pending(),
        0,
        0,
        fanOut.droppedMessages(),
        0);
  }
}
