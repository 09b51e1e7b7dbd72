package io.reactorzmq.internal.peer;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.internal.transport.AlternateLevel;
import io.reactorzmq.internal.transport.Alternates;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.transport.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which other transports a bound endpoint can be reached by, why not by others, and what it says to
 * those who ask. Confined to the socket's event loop.
 */
final class Offers {

  private final Endpoint endpoint;
  private final Map<String, Endpoint> named = new TreeMap<>();
  private final Map<String, String> reasons = new TreeMap<>();
  private @Nullable String required;

  /**
   * Offers nothing yet.
   *
   * @param endpoint that peers are accepted at
   */
  Offers(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * The endpoint can be reached by another transport as well, or by that one only.
   *
   * @throws EndpointException if that cannot be told to others
   */
  void add(Endpoint alternate, boolean isRequired) {
    if (named.size() == Hello.MAX_ALTERNATES) {
      throw new EndpointException("more than " + Hello.MAX_ALTERNATES + " alternates");
    }
    if (alternate.toString().getBytes(StandardCharsets.UTF_8).length > Hello.MAX_ALTERNATE_BYTES) {
      throw new EndpointException(
          alternate + " is longer than " + Hello.MAX_ALTERNATE_BYTES + " bytes");
    }
    named.put(alternate.scheme(), alternate);
    if (isRequired) {
      required = alternate.scheme();
    }
  }

  /** The endpoint cannot be reached by another transport. */
  void lacks(String scheme, String reason) {
    reasons.put(scheme, reason);
  }

  /** What stands in our Hello. */
  List<String> texts() {
    return named.values().stream().map(Endpoint::toString).toList();
  }

  /**
   * Whether a peer is to be sent to another transport, as it wants.
   *
   * @throws HandshakeException if it can neither be sent there nor stay
   */
  boolean refers(Hello hello) {
    Hello.Wants wants = hello.wants();
    if (wants != null && named.containsKey(wants.scheme())) {
      return true;
    }
    if (wants != null && wants.required()) {
      throw new HandshakeException(
          "no " + wants.scheme() + " is to be had at " + endpoint + ": " + why(wants.scheme()));
    }
    if (required != null) {
      throw new HandshakeException(
          "%s takes its peers by %s only (%s=required there); dial it with %s=required or %s=preferred"
              .formatted(endpoint, required, required, required, required));
    }
    return false;
  }

  private String why(String scheme) {
    if (Alternates.level(endpoint, scheme) == AlternateLevel.OFF) {
      return endpoint.parameters().containsKey(scheme)
          ? scheme + "=off there"
          : "peers of " + endpoint.scheme() + " endpoints stay there";
    }
    return reasons.getOrDefault(scheme, "no such transport is on its class path");
  }
}
