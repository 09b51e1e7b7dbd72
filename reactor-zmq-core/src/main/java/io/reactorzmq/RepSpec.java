package io.reactorzmq;

import io.reactorzmq.internal.flow.ReplyFlow;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Describes a REP socket, which answers requests with a handler: one request of each peer in turn,
 * many at a time.
 *
 * @param <Q> requests
 * @param <R> replies
 */
public final class RepSpec<Q, R> extends SocketSpec<RepSpec<Q, R>, RepSocket> {

  private final Codec<Q> requestCodec;
  private final Codec<R> replyCodec;
  private final @Nullable Function<? super Q, ? extends Mono<? extends R>> handler;

  RepSpec(
      SocketConfig config,
      Codec<Q> requestCodec,
      Codec<R> replyCodec,
      @Nullable Function<? super Q, ? extends Mono<? extends R>> handler) {
    super(config);
    this.requestCodec = requestCodec;
    this.replyCodec = replyCodec;
    this.handler = handler;
  }

  /**
   * How messages become requests and replies messages. Changes the spec's type, so it is called
   * before {@link #handle}.
   *
   * @param requests decodes requests
   * @param replies encodes replies
   * @param <Q2> the new type of requests
   * @param <R2> the new type of replies
   * @return a new spec
   * @throws IllegalStateException if there is a handler, which takes other types
   */
  public <Q2, R2> RepSpec<Q2, R2> codec(Codec<Q2> requests, Codec<R2> replies) {
    if (handler != null) {
      throw new IllegalStateException(
          "codec(..) comes before handle(..): the handler of this spec takes other types");
    }
    return new RepSpec<>(
        config,
        Objects.requireNonNull(requests, "requests"),
        Objects.requireNonNull(replies, "replies"),
        null);
  }

  /**
   * One codec for requests and replies; see {@link #codec(Codec, Codec)}.
   *
   * @param both decodes requests and encodes replies
   * @param <T> the new type of both
   * @return a new spec
   */
  public <T> RepSpec<T, T> codec(Codec<T> both) {
    return codec(both, both);
  }

  /**
   * What answers. It runs on the socket's event loop and must not block, unless {@code
   * ZmqResources.callbacks} says where else; its {@code Mono} may complete on any thread. It is
   * cancelled when the requester gives up or goes away.
   *
   * <p>Every request is answered exactly once. A handler that throws, fails, returns null or ends
   * empty is a {@link io.reactorzmq.error.RemoteException} at the requester: "handler failed", with
   * the code HANDLER, unless {@link #exposeErrors} says more. One that fails with a {@code
   * RemoteException} chooses its code, text and transient flag itself, and so passes on the failure
   * of another REP that it asked.
   *
   * @param handler given the request, which is the handler's to release if it is reference-counted;
   *     the reply is the library's to release
   * @return a new spec
   */
  public RepSpec<Q, R> handle(Function<? super Q, ? extends Mono<? extends R>> handler) {
    Objects.requireNonNull(handler, "handler");
    return new RepSpec<>(config, requestCodec, replyCodec, handler);
  }

  /**
   * How many handlers run at a time. Each peer may have this many requests unanswered, or as many
   * as the high-water mark if that is less; what is beyond waits for its turn.
   *
   * @param handlers at least 1; default 256
   * @return a new spec
   */
  public RepSpec<Q, R> concurrency(int handlers) {
    require(handlers >= 1, "concurrency", handlers, "must be at least 1");
    return change(c -> c.concurrency = handlers);
  }

  /**
   * From what size on a reply travels on a stream of its own, so that small ones pass it by.
   *
   * @param bytes a reply of more bytes than this; at least 0; default 1 MiB
   * @return a new spec
   */
  public RepSpec<Q, R> bulkThreshold(long bytes) {
    require(bytes >= 0, "bulkThreshold", bytes, "must not be negative");
    return change(c -> c.bulkThreshold = bytes);
  }

  /**
   * Whether requesters are told what a handler or codec failed with, rather than only that it did.
   * The text of an exception may say more of this side than strangers should know.
   *
   * @param expose default false
   * @return a new spec
   */
  public RepSpec<Q, R> exposeErrors(boolean expose) {
    return change(c -> c.exposeErrors = expose);
  }

  @Override
  RepSpec<Q, R> with(SocketConfig changed) {
    return new RepSpec<>(changed, requestCodec, replyCodec, handler);
  }

  @Override
  Mono<RepSocket> start() {
    if (handler == null) {
      return Mono.error(new IllegalStateException("a REP needs handle(..), which answers"));
    }
    ReplyFlow.Service<Q, R> service =
        new ReplyFlow.Service<>(
            requestCodec, replyCodec, handler, config.concurrency, config.exposeErrors);
    SocketEngine<ReplyFlow<?, ?>> engine =
        new SocketEngine<>(
            config,
            host ->
                new ReplyFlow<>(
                    host,
                    service,
                    config.bulkThreshold,
                    config.highWaterMarkBytes,
                    config.limits(),
                    config.window()));
    return engine.open().thenReturn(new DefaultRepSocket(engine));
  }
}
