package io.reactorzmq.internal.transport;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;

/** The transports on the class path by scheme, found once per JVM through {@link ServiceLoader}. */
public final class Transports {

  private static final Map<String, Transport> BY_SCHEME = load();

  private Transports() {}

  /**
   * Finds the transport that serves an endpoint's scheme.
   *
   * @param endpoint any endpoint
   * @return the transport; it has not validated the endpoint yet
   * @throws EndpointException if no transport on the class path serves the scheme
   */
  public static Transport forEndpoint(Endpoint endpoint) {
    Transport transport = BY_SCHEME.get(endpoint.scheme());
    if (transport == null) {
      throw new EndpointException(
          "endpoint '"
              + endpoint
              + "' has the unknown scheme '"
              + endpoint.scheme()
              + "'; "
              + (endpoint.scheme().equals("rdma") ? "add the jar reactor-zmq-rdma; " : "")
              + "known here: "
              + String.join(", ", BY_SCHEME.keySet()));
    }
    return transport;
  }

  /** The schemes that transports on the class path serve. */
  static Set<String> schemes() {
    return BY_SCHEME.keySet();
  }

  private static Map<String, Transport> load() {
    Map<String, Transport> transports = new TreeMap<>();
    ServiceLoader.load(Transport.class, Transports.class.getClassLoader())
        .forEach(t -> t.schemes().forEach(scheme -> transports.putIfAbsent(scheme, t)));
    return transports;
  }
}
