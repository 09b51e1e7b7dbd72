package io.reactorzmq;

import io.reactorzmq.internal.peer.SocketEngine;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/** The open Pair socket. */
final class DefaultPairSocket<T> extends DefaultSocket<T> implements PairSocket<T> {

  DefaultPairSocket(SocketEngine<T> engine) {
    super(engine);
  }

  @Override
  public Mono<Void> send(T value) {
    return engine.sendPort().send(Objects.requireNonNull(value, "value"));
  }

  @Override
  public Mono<Void> sendAll(Publisher<? extends T> values) {
    return engine.sendPort().sendAll(Objects.requireNonNull(values, "values"));
  }

  @Override
  public EmitResult tryEmit(T value) {
    return engine.sendPort().tryEmit(Objects.requireNonNull(value, "value"));
  }

  @Override
  public Flux<T> receive() {
    return engine.receive();
  }
}
