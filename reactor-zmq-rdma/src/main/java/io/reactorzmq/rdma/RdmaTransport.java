package io.reactorzmq.rdma;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.rdma.internal.RdmaEndpoints;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code rdma://host:port}: RSocket frames as active messages of UCX, which carries them by RDMA
 * where there is a device, by shared memory between processes of one host, and otherwise by TCP.
 * Found by {@link java.util.ServiceLoader}; a program only has the jar on its class path.
 *
 * <p>It needs Java 22, Linux, UCX 1.13 or a later 1.x (Debian's {@code libucx0}), and event loops
 * of epoll, which {@code ZmqResources} has there. {@link RdmaOptions} are taken from its transport
 * options.
 */
public final class RdmaTransport implements Transport {

  /** Creates the transport, for {@link java.util.ServiceLoader}. UCX is loaded when it is used. */
  public RdmaTransport() {}

  @Override
  public Set<String> schemes() {
    return Set.of("rdma");
  }

  @Override
  public void validate(Endpoint endpoint, boolean bind) {
    requireSpin(endpoint);
    RdmaEndpoints.validate(endpoint, bind);
  }

  @Override
  public Mono<TransportConnection> connect(Endpoint endpoint, TransportContext context) {
    return RdmaEndpoints.connect(endpoint, context);
  }

  @Override
  public Mono<TransportServer> bind(
      Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection) {
    return RdmaEndpoints.bind(endpoint, context, onConnection);
  }

  @Override
  public @Nullable Endpoint alternateTo(Endpoint other) {
    requireSpin(other);
    return RdmaEndpoints.alternateTo(other);
  }

  private static void requireSpin(Endpoint endpoint) {
    try {
      Spin.parse(System.getProperty(Spin.PROPERTY));
    } catch (IllegalArgumentException e) {
      throw new EndpointException(
          "endpoint '" + endpoint + "' cannot be served: " + e.getMessage(), e);
    }
  }
}
