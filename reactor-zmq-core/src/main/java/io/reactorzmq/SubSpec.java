package io.reactorzmq;

import io.reactorzmq.internal.flow.SubscribeFlow;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Describes a SUB socket, which receives what it subscribes to from all its publishers.
 *
 * @param <T> the values received
 */
public final class SubSpec<T> extends SocketSpec<SubSpec<T>, SubSocket<T>> {

  private final Codec<T> codec;

  SubSpec(SocketConfig config, Codec<T> codec) {
    super(config);
    this.codec = codec;
  }

  /**
   * How messages become values. Changes the spec's type, so it is called first.
   *
   * @param codec for example {@code Codec.utf8()} or {@code JsonCodec.of(Price.class)}
   * @param <U> the new type of values
   * @return a new spec
   */
  public <U> SubSpec<U> codec(Codec<U> codec) {
    return new SubSpec<>(config, Objects.requireNonNull(codec, "codec"));
  }

  /**
   * What to do with a message for which a subscription's queue has no room.
   *
   * @param policy default: DROP_LATEST
   * @return a new spec
   */
  public SubSpec<T> overflow(OverflowPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return change(c -> c.overflow = policy);
  }

  /**
   * What to do with a message that the codec refuses.
   *
   * @param action default: SKIP
   * @return a new spec
   */
  public SubSpec<T> onUndecodable(OnUndecodable action) {
    Objects.requireNonNull(action, "action");
    return change(c -> c.onUndecodable = action);
  }

  /**
   * Receives without a socket to keep: each subscription opens one of its own and closes it when it
   * ends.
   *
   * @param prefixes as for {@link SubSocket#receive(String...)}
   * @return cold; as {@link SubSocket#receive(String...)}, and fails as {@link #open()} does
   * @throws IllegalArgumentException if a prefix is too long
   */
  public Flux<Published<T>> receive(String... prefixes) {
    String[] copy = prefixes.clone();
    DefaultSubSocket.encode(copy); // fails here rather than at the subscription
    return Flux.usingWhen(open(), socket -> socket.receive(copy), SubSocket::disposeLater);
  }

  @Override
  SubSpec<T> with(SocketConfig changed) {
    return new SubSpec<>(changed, codec);
  }

  @Override
  Mono<SubSocket<T>> start() {
    SocketEngine<SubscribeFlow<T>> engine =
        new SocketEngine<>(
            config,
            host ->
                new SubscribeFlow<>(
                    host,
                    codec,
                    config.onUndecodable,
                    config.overflow,
                    config.laneBounds(),
                    config.limits(),
                    config.window()));
    return engine.open().thenReturn(new DefaultSubSocket<>(engine));
  }
}
