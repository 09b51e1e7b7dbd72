package io.reactorzmq.internal.transport;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import reactor.netty.ChannelBindException;

/** What {@code tcp://} demands of an endpoint, and how it words a failure. */
final class TcpEndpoints {

  private TcpEndpoints() {}

  static void validate(Endpoint endpoint, boolean bind) {
    if (endpoint.port() < 0) {
      throw bad(
          endpoint,
          bind
              ? "has no port; port 0 or * lets the system choose one"
              : "has no port; give the port that the other side is bound to");
    }
    if (!bind && endpoint.port() == 0) {
      throw bad(
          endpoint, "has no port to connect to; give the port that the other side is bound to");
    }
    if (!bind && endpoint.host().equals("*")) {
      throw bad(endpoint, "has the host *, which only a bind can have; give a name or an address");
    }
    Alternates.validate(endpoint, bind);
  }

  /** The host without the brackets of an IPv6 address. */
  static String host(Endpoint endpoint) {
    String host = endpoint.host();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** What went wrong, in words a log reader can act on. */
  static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause.getMessage() == null || cause instanceof ChannelBindException)) {
      cause = cause.getCause();
    }
    if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
      return "unknown host";
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static EndpointException bad(Endpoint endpoint, String why) {
    return new EndpointException("endpoint '" + endpoint + "' " + why);
  }
}
