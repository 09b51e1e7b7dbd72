package io.reactorzmq.internal.transport;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * {@code inproc://name} between sockets of one JVM. Names are shared by the whole JVM; frames are
 * handed over by reference, from the sender's thread to the receiver's event loop.
 */
public final class InprocTransport implements Transport {

  private static final Logger LOG = LoggerFactory.getLogger(InprocTransport.class);
  private static final ConcurrentMap<String, Bound> BOUND = new ConcurrentHashMap<>();
  private static final AtomicLong GENERATED = new AtomicLong();

  @Override
  public Set<String> schemes() {
    return Set.of("inproc");
  }

  @Override
  public void validate(Endpoint endpoint, boolean bind) {
    if (!bind && endpoint.host().equals("*")) {
      throw new EndpointException(
          "endpoint '" + endpoint + "' has the name *, which only a bind can have");
    }
    if (!endpoint.parameters().isEmpty()) {
      String name = endpoint.parameters().keySet().iterator().next();
      throw new EndpointException(
          "endpoint '"
              + endpoint
              + "' has the unknown parameter '"
              + name
              + "'; inproc takes none");
    }
  }

  @Override
  public Mono<TransportConnection> connect(Endpoint endpoint, TransportContext context) {
    return Mono.create(sink -> Loops.run(context.eventLoop(), () -> dial(endpoint, context, sink)));
  }

  private void dial(
      Endpoint endpoint, TransportContext context, MonoSink<TransportConnection> sink) {
    try {
      validate(endpoint, false);
    } catch (EndpointException e) {
      sink.error(e);
      return;
    }
    Bound bound = BOUND.get(endpoint.host());
    if (bound == null) {
      sink.error(new EndpointException("nothing is bound at " + endpoint));
      return;
    }
    InprocConnection near = InprocConnection.pair(endpoint, context, bound.context);
    sink.onCancel(near);
    bound.accept(near.peer());
    sink.success(near);
  }

  @Override
  public Mono<TransportServer> bind(
      Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection) {
    return Mono.fromCallable(
        () -> {
          validate(endpoint, true);
          Endpoint real = endpoint;
          if (endpoint.host().equals("*")) {
            real = endpoint.withAddress("anonymous-" + GENERATED.incrementAndGet(), -1);
          }
          Bound bound = new Bound(real, context, onConnection);
          if (BOUND.putIfAbsent(real.host(), bound) != null) {
            throw new EndpointException(
                "cannot bind " + real + ": the name is already bound in this JVM");
          }
          return bound;
        });
  }

  private static final class Bound implements TransportServer {

    private final Sinks.Empty<Void> closed = Sinks.empty();
    private final Endpoint endpoint;
    private final TransportContext context;
    private final Consumer<TransportConnection> onConnection;

    Bound(Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection) {
      this.endpoint = endpoint;
      this.context = context;
      this.onConnection = onConnection;
    }

    void accept(InprocConnection connection) {
      Loops.run(
          context.eventLoop(),
          () -> {
            if (isDisposed() || context.eventLoop().isShuttingDown()) {
              connection.dispose();
              return;
            }
            try {
              onConnection.accept(connection);
            } catch (Throwable t) {
              LOG.warn("The acceptor failed; closing a connection to {}", endpoint, t);
              connection.closeWithError(t);
            }
          });
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public Mono<Void> onClose() {
      return closed.asMono();
    }

    @Override
    public void dispose() {
      if (BOUND.remove(endpoint.host(), this)) {
        closed.tryEmitEmpty();
      }
    }

    @Override
    public boolean isDisposed() {
      return BOUND.get(endpoint.host()) != this;
    }
  }
}
