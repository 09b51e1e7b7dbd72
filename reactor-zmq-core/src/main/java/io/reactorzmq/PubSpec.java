package io.reactorzmq;

import io.reactorzmq.internal.flow.PublishFlow;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * Describes a PUB socket, which sends each message to all its subscribers.
 *
 * @param <T> the values published
 */
public final class PubSpec<T> extends SocketSpec<PubSpec<T>, PubSocket<T>> {

  private final Codec<T> codec;

  PubSpec(SocketConfig config, Codec<T> codec) {
    super(config);
    this.codec = codec;
  }

  /**
   * How values become messages. Changes the spec's type, so it is called first.
   *
   * @param codec for example {@code Codec.utf8()} or {@code JsonCodec.of(Price.class)}
   * @param <U> the new type of values
   * @return a new spec
   */
  public <U> PubSpec<U> codec(Codec<U> codec) {
    return new PubSpec<>(config, Objects.requireNonNull(codec, "codec"));
  }

  /**
   * What to do with a message for which a subscriber's lane has no room.
   *
   * @param policy default: DROP_LATEST
   * @return a new spec
   */
  public PubSpec<T> overflow(OverflowPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return change(c -> c.overflow = policy);
  }

  @Override
  PubSpec<T> with(SocketConfig changed) {
    return new PubSpec<>(changed, codec);
  }

  @Override
  Mono<PubSocket<T>> start() {
    SocketEngine<PublishFlow<T>> engine =
        new SocketEngine<>(
            config,
            host ->
                new PublishFlow<>(
                    host, codec, config.sendBounds(), config.overflow, config.laneBounds()));
    return engine.open().thenReturn(new DefaultPubSocket<>(engine));
  }
}
