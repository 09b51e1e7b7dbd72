package io.reactorzmq;

import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * Describes a PUSH socket, which sends each value to one of its peers, in strict rotation among
 * those with room.
 *
 * @param <T> the values sent
 */
public final class PushSpec<T> extends SocketSpec<PushSpec<T>, PushSocket<T>> {

  private final Codec<T> codec;

  PushSpec(SocketConfig config, Codec<T> codec) {
    super(config);
    this.codec = codec;
  }

  /**
   * How values become messages and back. Changes the spec's type, so it is called first.
   *
   * @param codec for example {@code Codec.utf8()} or {@code JsonCodec.of(Order.class)}
   * @param <U> the new type of values
   * @return a new spec
   */
  public <U> PushSpec<U> codec(Codec<U> codec) {
    return new PushSpec<>(config, Objects.requireNonNull(codec, "codec"));
  }

  @Override
  PushSpec<T> with(SocketConfig changed) {
    return new PushSpec<>(changed, codec);
  }

  @Override
  Mono<PushSocket<T>> start() {
    SocketEngine<PipelineFlow<T>> engine =
        new SocketEngine<>(
            config,
            host ->
                new PipelineFlow<>(
                    host, codec, config.sendBounds(), null, config.limits(), config.window()));
    return engine.open().thenReturn(new DefaultPushSocket<>(engine));
  }
}
