package io.reactorzmq;

import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * Describes a PULL socket, which receives from all its peers in turn.
 *
 * @param <T> the values received
 */
public final class PullSpec<T> extends SocketSpec<PullSpec<T>, PullSocket<T>> {

  private final Codec<T> codec;

  PullSpec(SocketConfig config, Codec<T> codec) {
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
  public <U> PullSpec<U> codec(Codec<U> codec) {
    return new PullSpec<>(config, Objects.requireNonNull(codec, "codec"));
  }

  /**
   * What to do with a message that the codec refuses.
   *
   * @param action default: SKIP
   * @return a new spec
   */
  public PullSpec<T> onUndecodable(OnUndecodable action) {
    Objects.requireNonNull(action, "action");
    return change(c -> c.onUndecodable = action);
  }

  @Override
  PullSpec<T> with(SocketConfig changed) {
    return new PullSpec<>(changed, codec);
  }

  @Override
  Mono<PullSocket<T>> start() {
    SocketEngine<PipelineFlow<T>> engine =
        new SocketEngine<>(
            config,
            host ->
                new PipelineFlow<>(
                    host, codec, null, config.onUndecodable, config.limits(), config.window()));
    return engine.open().thenReturn(new DefaultPullSocket<>(engine));
  }
}
