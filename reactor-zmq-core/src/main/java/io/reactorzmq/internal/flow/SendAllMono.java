package io.reactorzmq.internal.flow;

import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** One {@code sendAll}: each subscription subscribes to the values anew. */
final class SendAllMono<T> extends Mono<Void> {

  private final SendPort<T> port;
  private final Publisher<? extends T> values;

  SendAllMono(SendPort<T> port, Publisher<? extends T> values) {
    this.port = port;
    this.values = values;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    SendAll<T> source = new SendAll<>(actual, port);
    actual.onSubscribe(source.downstream());
    values.subscribe(source);
  }
}
