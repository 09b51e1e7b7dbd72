package io.reactorzmq;

import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.internal.peer.SocketEngine;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/** The open Pair socket. */
final class DefaultPairSocket<T> extends DefaultSocket<PipelineFlow<T>> implements PairSocket<T> {

  DefaultPairSocket(SocketEngine<PipelineFlow<T>> engine) {
    super(engine);
  }

  @Override
  public Mono<Void> send(T value) {
    return flow.sendPort().send(Objects.requireNonNull(value, "value"));
  }

  @Override
  public Mono<Void> sendAll(Publisher<? extends T> values) {
    return flow.sendPort().sendAll(Objects.requireNonNull(values, "values"));
  }

  @Override
  public EmitResult tryEmit(T value) {
    return flow.sendPort().tryEmit(Objects.requireNonNull(value, "value"));
  }

  @Override
  public Flux<T> receive() {
    return flow.receive();
  }
}
