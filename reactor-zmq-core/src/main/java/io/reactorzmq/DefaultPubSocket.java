package io.reactorzmq;

import io.reactorzmq.internal.flow.PublishFlow;
import io.reactorzmq.internal.peer.SocketEngine;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/** The open PUB socket. */
final class DefaultPubSocket<T> extends DefaultSocket<PublishFlow<T>> implements PubSocket<T> {

  DefaultPubSocket(SocketEngine<PublishFlow<T>> engine) {
    super(engine);
  }

  @Override
  public Mono<Void> publish(String topic, T value) {
    Objects.requireNonNull(topic, "topic");
    return flow.publish(topic, Objects.requireNonNull(value, "value"));
  }

  @Override
  public Mono<Void> publishAll(Publisher<? extends T> values, Function<? super T, String> topic) {
    Objects.requireNonNull(values, "values");
    return flow.publishAll(values, Objects.requireNonNull(topic, "topic"));
  }

  @Override
  public EmitResult tryPublish(String topic, T value) {
    Objects.requireNonNull(topic, "topic");
    return flow.tryPublish(topic, Objects.requireNonNull(value, "value"));
  }

  @Override
  public Mono<Void> awaitSubscribers(String topic, int n) {
    Objects.requireNonNull(topic, "topic");
    if (n < 0) {
      throw new IllegalArgumentException("n is " + n + ", must not be negative");
    }
    return flow.awaitSubscribers(topic, n);
  }
}
