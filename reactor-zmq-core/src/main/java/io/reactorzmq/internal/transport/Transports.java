package io.reactorzmq.internal.transport;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import java.util.Iterator;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;

/**
 * The transports on the class path by scheme, found once per JVM through {@link ServiceLoader}. One
 * that is compiled for a newer Java is left out.
 */
public final class Transports {

  private static final Transports FOUND = load(Transports.class.getClassLoader());

  private final Map<String, Transport> byScheme = new TreeMap<>();
  private boolean someNeedNewerJava;

  private Transports() {}

  /**
   * Finds the transport that serves an endpoint's scheme.
   *
   * @param endpoint any endpoint
   * @return the transport; it has not validated the endpoint yet
   * @throws EndpointException if no transport on the class path serves the scheme
   */
  public static Transport forEndpoint(Endpoint endpoint) {
    return FOUND.find(endpoint);
  }

  Transport find(Endpoint endpoint) {
    Transport transport = byScheme.get(endpoint.scheme());
    if (transport == null) {
      throw new EndpointException(
          "endpoint '"
              + endpoint
              + "' has the unknown scheme '"
              + endpoint.scheme()
              + "'; "
              + (endpoint.scheme().equals("rdma") ? whyNoRdma() : "")
              + "known here: "
              + String.join(", ", byScheme.keySet()));
    }
    return transport;
  }

  /** The schemes that transports on the class path serve. */
  static Set<String> schemes() {
    return FOUND.byScheme.keySet();
  }

  private String whyNoRdma() {
    return someNeedNewerJava
        ? "reactor-zmq-rdma needs Java 22 or later and this is Java "
            + Runtime.version().feature()
            + "; "
        : "add the jar reactor-zmq-rdma; ";
  }

  static Transports load(ClassLoader classLoader) {
    Transports transports = new Transports();
    Iterator<Transport> providers = ServiceLoader.load(Transport.class, classLoader).iterator();
    while (transports.addNext(providers)) {
      // one after the other, because looking for the next may fail and the one after it be there
    }
    return transports;
  }

  private boolean addNext(Iterator<Transport> providers) {
    try {
      if (!providers.hasNext()) {
        return false;
      }
      Transport transport = providers.next();
      transport.schemes().forEach(scheme -> byScheme.putIfAbsent(scheme, transport));
    } catch (UnsupportedClassVersionError e) {
      someNeedNewerJava = true;
    } catch (ServiceConfigurationError e) {
      if (!(e.getCause() instanceof UnsupportedClassVersionError)) {
        throw e;
      }
      someNeedNewerJava = true;
    }
    return true;
  }
}
