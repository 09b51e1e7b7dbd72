package io.reactorzmq;

import io.reactorzmq.internal.flow.RequestFlow;
import io.reactorzmq.internal.flow.RequestTeam;
import io.reactorzmq.internal.peer.EngineGroup;
import io.reactorzmq.internal.peer.SocketEngine;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** The open REQ socket. */
final class DefaultReqSocket<Q, R> extends DefaultSocket<RequestFlow<Q, R>>
    implements ReqSocket<Q, R> {

  private final Function<Q, Mono<R>> sender;

  DefaultReqSocket(SocketEngine<RequestFlow<Q, R>> engine) {
    super(engine);
    this.sender = engine.flow()::request;
  }

  /** With several connections to each endpoint. */
  DefaultReqSocket(EngineGroup<RequestFlow<Q, R>> group, RequestTeam<Q, R> team) {
    super(group.first().flow(), group);
    this.sender = team::request;
  }

  @Override
  public Mono<R> request(Q value) {
    return sender.apply(Objects.requireNonNull(value, "value"));
  }
}
