package io.reactorzmq;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * Describes a PAIR socket, which has exactly one peer and one endpoint.
 *
 * @param <T> the values sent and received
 */
public final class PairSpec<T> extends SocketSpec<PairSpec<T>, PairSocket<T>> {

  private final Codec<T> codec;

  PairSpec(SocketConfig config, Codec<T> codec) {
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
  public <U> PairSpec<U> codec(Codec<U> codec) {
    return new PairSpec<>(config, Objects.requireNonNull(codec, "codec"));
  }

  /**
   * What to do with a message that the codec refuses.
   *
   * @param action default: SKIP
   * @return a new spec
   */
  public PairSpec<T> onUndecodable(OnUndecodable action) {
    Objects.requireNonNull(action, "action");
    return change(c -> c.onUndecodable = action);
  }

  @Override
  PairSpec<T> with(SocketConfig changed) {
    return new PairSpec<>(changed, codec);
  }

  @Override
  Mono<PairSocket<T>> start() {
    int endpoints = config.binds.size() + config.connects.size();
    if (endpoints > 1) {
      return Mono.error(
          new EndpointException(
              "a PAIR takes one endpoint in all, bind and connect name " + endpoints));
    }
    SocketEngine<PipelineFlow<T>> engine =
        new SocketEngine<>(
            config,
            host ->
                new PipelineFlow<>(
                    host,
                    codec,
                    config.sendBounds(),
                    config.onUndecodable,
                    config.limits(),
                    config.window()));
    return engine.open().thenReturn(new DefaultPairSocket<>(engine));
  }
}
