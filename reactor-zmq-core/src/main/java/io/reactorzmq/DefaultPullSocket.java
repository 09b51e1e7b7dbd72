package io.reactorzmq;

import io.reactorzmq.internal.peer.SocketEngine;
import reactor.core.publisher.Flux;

/** The open Pull socket. */
final class DefaultPullSocket<T> extends DefaultSocket<T> implements PullSocket<T> {

  DefaultPullSocket(SocketEngine<T> engine) {
    super(engine);
  }

  @Override
  public Flux<T> receive() {
    return engine.receive();
  }
}
