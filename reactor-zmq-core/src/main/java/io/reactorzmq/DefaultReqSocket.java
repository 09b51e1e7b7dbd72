package io.reactorzmq;

import io.reactorzmq.internal.flow.RequestFlow;
import io.reactorzmq.internal.peer.SocketEngine;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** The open REQ socket. */
final class DefaultReqSocket<Q, R> extends DefaultSocket<RequestFlow<Q, R>>
    implements ReqSocket<Q, R> {

  DefaultReqSocket(SocketEngine<RequestFlow<Q, R>> engine) {
    super(engine);
  }

  @Override
  public Mono<R> request(Q value) {
    return engine.flow().request(Objects.requireNonNull(value, "value"));
  }
}
