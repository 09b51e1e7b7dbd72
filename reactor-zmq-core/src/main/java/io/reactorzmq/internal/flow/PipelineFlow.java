package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * The flow of PUSH, PULL and PAIR: messages one way, or one way in each direction. A sending socket
 * has a router, a receiving one a merge, PAIR has both.
 */
public final class PipelineFlow<T> implements SocketFlow {

  private final FlowHost host;
  private final Limits own;
  private final int window;
  private final @Nullable AssemblyTarget target;
  private final @Nullable CreditRouter<T> router;
  private final @Nullable SendPort<T> sendPort;
  private final @Nullable FairMerge<T> merge;
  private final Scheduler.@Nullable Worker worker;
  private final List<PipelinePeer<T>> peers = new ArrayList<>();

  /**
   * Creates a flow without peers.
   *
   * @param host the socket
   * @param codec the socket's
   * @param bounds null if the socket does not send
   * @param onUndecodable null if the socket does not receive
   * @param own what the socket announces as a receiver
   * @param window frames of credit to keep open for each peer
   */
  public PipelineFlow(
      FlowHost host,
      Codec<T> codec,
      @Nullable SendBounds bounds,
      @Nullable OnUndecodable onUndecodable,
      Limits own,
      int window) {
    this.host = host;
    this.own = own;
    this.window = window;
    this.target = codec.assemblyTarget();
    Scheduler callbacks = host.callbacks();
    if (bounds == null) {
      this.router = null;
      this.sendPort = null;
    } else {
      Executor completions = callbacks == null ? host.onLoop() : callbacks::schedule;
      this.router =
          new CreditRouter<>(
              codec, host.allocator(), host.loop(), bounds, host::dropped, host::moved);
      router.onBurst(host::expectMore);
      this.sendPort = new SendPort<>(router, completions);
    }
    if (onUndecodable == null) {
      this.worker = null;
      this.merge = null;
    } else {
      this.worker = callbacks == null ? null : callbacks.createWorker();
      Executor delivery = worker == null ? host::afterIo : worker::schedule;
      this.merge =
          new FairMerge<>(
              codec,
              onUndecodable,
              host.onLoop(),
              delivery,
              host::undecodable,
              () -> host.onLoop().execute(this::openCredit),
              host::moved);
    }
  }

  /**
   * The entrance for values.
   *
   * @return the socket's
   * @throws NullPointerException if the socket does not send
   */
  public SendPort<T> sendPort() {
    return Objects.requireNonNull(sendPort, "this socket does not send");
  }

  /**
   * What arrives.
   *
   * @return the socket's {@code receive()}
   * @throws NullPointerException if the socket does not receive
   */
  public Flux<T> receive() {
    return Objects.requireNonNull(merge, "this socket does not receive");
  }

  private void openCredit() {
    List.copyOf(peers).forEach(PipelinePeer::openCredit);
  }

  @Override
  public PeerFlow join(PeerLink link) {
    return new PipelinePeer<>(this, link);
  }

  void expectMore() {
    host.expectMore();
  }

  void opened(PipelinePeer<T> peer) {
    peers.add(peer);
  }

  void gone(PipelinePeer<T> peer) {
    peers.remove(peer);
  }

  @Nullable CreditRouter<T> router() {
    return router;
  }

  @Nullable FairMerge<T> merge() {
    return merge;
  }

  FrameWriter writer(PeerLink link, Limits peer) {
    return FrameWriters.ofMessages(link, peer);
  }

  Inlet<Message> inlet(FairMerge<T> taker, PeerLink link) {
    Limits announced = link.announced(own);
    FrameReader<Message> reader =
        FrameReader.ofMessages(announced).into(target, host.aside()).packedFor(taker.codec());
    return new Inlet<>(taker, reader, host.budget(), link, announced, window, link.origin());
  }

  @Override
  public void peerArrived() {
    if (router != null) {
      router.peerArrived();
    }
  }

  @Override
  public void peerLeft() {
    if (router != null) {
      router.peerLeft();
    }
  }

  @Override
  public void close() {
    if (router != null) {
      router.close();
    }
  }

  @Override
  public boolean isDrained() {
    return router == null || router.isDrained();
  }

  @Override
  public boolean isTaken() {
    return merge == null || !merge.hasSubscriber() || merge.undelivered() == 0;
  }

  @Override
  public long terminate() {
    return router == null ? 0 : router.terminate();
  }

  @Override
  public void finish(Runnable done) {
    if (merge == null) {
      done.run();
      return;
    }
    merge.terminate(
        () -> {
          if (worker != null) {
            worker.dispose();
          }
          done.run();
        });
  }

  @Override
  public Counters counters() {
    SendBounds bounds = router == null ? null : router.bounds();
    return new Counters(
        router == null ? 0 : router.sent(),
        merge == null ? 0 : merge.received(),
        merge == null ? 0 : merge.undecodable(),
        merge == null ? 0 : merge.undelivered(),
        merge == null ? 0 : merge.discarded(),
        bounds == null ? 0 : bounds.messages(),
        bounds == null ? 0 : bounds.bytes(),
        bounds == null ? 0 : bounds.pending(),
        0,
        0,
        0,
        0);
  }
}
