package io.reactorzmq;

import io.reactorzmq.internal.flow.FlowHost;
import io.reactorzmq.internal.flow.RequestFlow;
import io.reactorzmq.internal.flow.RequestTeam;
import io.reactorzmq.internal.flow.SendBounds;
import io.reactorzmq.internal.peer.EngineGroup;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Describes a REQ socket, which sends requests to its peers in rotation and waits for their
 * replies.
 *
 * @param <Q> requests
 * @param <R> replies
 */
public final class ReqSpec<Q, R> extends SocketSpec<ReqSpec<Q, R>, ReqSocket<Q, R>> {

  private final Codec<Q> requestCodec;
  private final Codec<R> replyCodec;

  ReqSpec(SocketConfig config, Codec<Q> requestCodec, Codec<R> replyCodec) {
    super(config);
    this.requestCodec = requestCodec;
    this.replyCodec = replyCodec;
  }

  /**
   * How requests become messages and messages replies. Changes the spec's type, so it is called
   * first.
   *
   * @param requests encodes requests
   * @param replies decodes replies
   * @param <Q2> the new type of requests
   * @param <R2> the new type of replies
   * @return a new spec
   */
  public <Q2, R2> ReqSpec<Q2, R2> codec(Codec<Q2> requests, Codec<R2> replies) {
    return new ReqSpec<>(
        config,
        Objects.requireNonNull(requests, "requests"),
        Objects.requireNonNull(replies, "replies"));
  }

  /**
   * One codec for requests and replies; see {@link #codec(Codec, Codec)}.
   *
   * @param both encodes requests and decodes replies
   * @param <T> the new type of both
   * @return a new spec
   */
  public <T> ReqSpec<T, T> codec(Codec<T> both) {
    return codec(both, both);
  }

  /**
   * From what size on a request travels on a stream of its own, so that small ones pass it by.
   *
   * @param bytes a request of more bytes than this; at least 0; default 1 MiB
   * @return a new spec
   */
  public ReqSpec<Q, R> bulkThreshold(long bytes) {
    require(bytes >= 0, "bulkThreshold", bytes, "must not be negative");
    return change(c -> c.bulkThreshold = bytes);
  }

  /**
   * How many connections to keep to each endpoint that this socket connects to, each on an event
   * loop of its own as far as there are that many. Requests take turns between them, so one socket
   * uses several cores, and what one connection loses the others do not. Peers that connect to this
   * socket have one connection.
   *
   * <p>High-water marks, {@code maxPendingSends} and {@code receiveBudgetBytes} bound the socket as
   * a whole; what a REP allows unanswered it allows each connection, and each has a turn of its own
   * there. A REP of an earlier version takes one connection, which is a {@link
   * io.reactorzmq.event.SocketEvent.OneConnection}.
   *
   * @param n 1 to 256; default 1
   * @return a new spec
   */
  public ReqSpec<Q, R> connections(int n) {
    require(n >= 1 && n <= 256, "connections", n, "must be 1 to 256");
    return change(c -> c.connections = n);
  }

  @Override
  ReqSpec<Q, R> with(SocketConfig changed) {
    return new ReqSpec<>(changed, requestCodec, replyCodec);
  }

  @Override
  Mono<ReqSocket<Q, R>> start() {
    SendBounds bounds = config.sendBounds();
    if (config.connections == 1) {
      SocketEngine<RequestFlow<Q, R>> engine =
          new SocketEngine<>(config, host -> flow(host, bounds, null));
      return engine.open().thenReturn(new DefaultReqSocket<>(engine));
    }
    RequestTeam<Q, R> team = new RequestTeam<>();
    EngineGroup<RequestFlow<Q, R>> group =
        new EngineGroup<>(config, host -> flow(host, bounds, team));
    return group.open().thenReturn(new DefaultReqSocket<>(group, team));
  }

  private RequestFlow<Q, R> flow(
      FlowHost host, SendBounds bounds, @Nullable RequestTeam<Q, R> team) {
    return new RequestFlow<>(
        host,
        requestCodec,
        replyCodec,
        bounds,
        config.bulkThreshold,
        config.limits(),
        config.window(),
        team);
  }
}
