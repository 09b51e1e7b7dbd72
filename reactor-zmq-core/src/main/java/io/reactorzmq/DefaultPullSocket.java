package io.reactorzmq;

import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.internal.peer.SocketEngine;
import reactor.core.publisher.Flux;

/** The open Pull socket. */
final class DefaultPullSocket<T> extends DefaultSocket<PipelineFlow<T>> implements PullSocket<T> {

  DefaultPullSocket(SocketEngine<PipelineFlow<T>> engine) {
    super(engine);
  }

  @Override
  public Flux<T> receive() {
    return flow.receive();
  }
}
