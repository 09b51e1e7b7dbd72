package io.reactorzmq.transport;

import io.reactorzmq.error.EndpointException;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a socket binds or connects to. Immutable; two endpoints are equal if their canonical texts
 * are.
 *
 * <pre>
 * endpoint = scheme "://" ( host [ ":" port ] | name ) [ "?" key "=" value *( "&amp;" key "=" value ) ]
 * host     = dotted name | IPv4 | "[" IPv6 "]" | "*"          ; * to bind: all interfaces
 * port     = 0..65535 | "*"                                   ; 0 or * to bind: the system chooses
 * name     = any characters but "?"                           ; inproc
 * </pre>
 */
public final class Endpoint {

  private static final String GRAMMAR = "expected scheme://host:port, for example tcp://*:5555";

  private final String scheme;
  private final String host;
  private final int port;
  private final Map<String, String> parameters;

  private Endpoint(String scheme, String host, int port, Map<String, String> parameters) {
    this.scheme = scheme;
    this.host = host;
    this.port = port;
    this.parameters = Collections.unmodifiableMap(parameters);
  }

  /**
   * Parses a text of the grammar above.
   *
   * @param text for example {@code tcp://127.0.0.1:5555} or {@code inproc://jobs}
   * @return the endpoint
   * @throws EndpointException with the text and what is wrong with it
   */
  public static Endpoint parse(String text) {
    int colon = text.indexOf("://");
    if (colon <= 0) {
      throw bad(text, "has no scheme; " + GRAMMAR);
    }
    String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
    if (!scheme.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9')) {
      throw bad(text, "has a malformed scheme; " + GRAMMAR);
    }
    String rest = text.substring(colon + 3);
    int question = rest.indexOf('?');
    Map<String, String> parameters =
        question < 0 ? new TreeMap<>() : parameters(text, rest.substring(question + 1));
    String address = question < 0 ? rest : rest.substring(0, question);
    if (address.isEmpty()) {
      throw bad(text, "has no host; " + GRAMMAR);
    }
    if (scheme.equals("inproc") || scheme.equals("ipc")) {
      return new Endpoint(scheme, address, -1, parameters);
    }
    int portColon = address.lastIndexOf(':');
    if (portColon < address.lastIndexOf(']')) {
      portColon = -1;
    }
    String host = portColon < 0 ? address : address.substring(0, portColon);
    if (host.isEmpty()) {
      throw bad(text, "has no host; " + GRAMMAR);
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (!bracketed && host.indexOf(':') >= 0) {
      throw bad(text, "has an IPv6 address without brackets or a second port");
    }
    if (host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == '@')) {
      throw bad(text, "has a malformed host '" + host + "'");
    }
    return new Endpoint(
        scheme, host, portColon < 0 ? -1 : port(text, address.substring(portColon + 1)), parameters);
  }

  private static int port(String text, String digits) {
    if (digits.equals("*")) {
      return 0;
    }
    try {
      int port = Integer.parseInt(digits);
      if (port >= 0 && port <= 65_535 && digits.charAt(0) != '+') {
        return port;
      }
    } catch (NumberFormatException e) {
      // falls through to the same sentence
    }
    throw bad(text, "has port '" + digits + "'; a port is 0 to 65535 or *");
  }

  private static Map<String, String> parameters(String text, String query) {
    Map<String, String> parameters = new TreeMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw bad(text, "has the malformed parameter '" + pair + "'; expected key=value");
      }
      if (parameters.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw bad(text, "has the parameter '" + pair.substring(0, equals) + "' twice");
      }
    }
    return parameters;
  }

  private static EndpointException bad(String text, String why) {
    return new EndpointException("endpoint '" + text + "' " + why);
  }

  /**
   * The scheme in lower case.
   *
   * @return for example {@code tcp}
   */
  public String scheme() {
    return scheme;
  }

  /**
   * The host, with brackets around an IPv6 address, or the name of an {@code inproc} endpoint.
   *
   * @return never empty
   */
  public String host() {
    return host;
  }

  /**
   * The port.
   *
   * @return 0 for "the system chooses", -1 if there is none
   */
  public int port() {
    return port;
  }

  /**
   * The parameters behind the question mark.
   *
   * @return unmodifiable, sorted by key
   */
  public Map<String, String> parameters() {
    return parameters;
  }

  /**
   * The same endpoint at another address, as known after binding.
   *
   * @param host the real host
   * @param port the real port
   * @return a new endpoint
   */
  public Endpoint withAddress(String host, int port) {
    return new Endpoint(scheme, host, port, parameters);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint that && toString().equals(that.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** The canonical text, which {@link #parse(String)} reads back. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(scheme).append("://").append(host);
    if (port >= 0) {
      text.append(':').append(port);
    }
    char separator = '?';
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      text.append(separator).append(parameter.getKey()).append('=').append(parameter.getValue());
      separator = '&';
    }
    return text.toString();
  }
}
