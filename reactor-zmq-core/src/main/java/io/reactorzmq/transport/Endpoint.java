package io.reactorzmq.transport;

import io.netty.util.NetUtil;
import io.reactorzmq.error.EndpointException;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a socket binds or connects to. Immutable; two endpoints are equal if their canonical texts
 * are.
 *
 * <pre>
 * endpoint   = scheme "://" ( host [ ":" port ] | name ) [ "?" parameters ]
 * scheme     = ASCII letters and digits                 ; upper case is read as lower case
 * host       = dotted name | IPv4 | "[" IPv6 "]" | "*"  ; * to bind: all interfaces
 * port       = 0..65535 | "*"                           ; 0 or * to bind: the system chooses
 * name       = any characters but "?"                   ; of inproc, and of ipc: a path
 * parameters = key "=" value *( "&amp;" key "=" value )
 * </pre>
 *
 * <p>A dotted name is made of ASCII letters, digits, {@code -}, {@code _} and dots. Which schemes
 * need a port and know which parameters is for their transport to say.
 */
public final class Endpoint {

  private static final String GRAMMAR = "expected scheme://host:port, for example tcp://*:5555";
  private static final int NO_PORT = -1;

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z0-9]+");
  private static final Pattern NAME = Pattern.compile("\\*|[A-Za-z0-9._-]+");
  private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");
  private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[.*]|[^:]+):[0-9*]+");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

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
    Objects.requireNonNull(text, "the endpoint is null; " + GRAMMAR);
    int colon = text.indexOf("://");
    if (colon <= 0) {
      throw bad(text, "does not begin with a scheme and ://; " + GRAMMAR);
    }
    String scheme = text.substring(0, colon);
    if (!SCHEME.matcher(scheme).matches()) {
      throw bad(text, "has the malformed scheme '" + scheme + "'; " + GRAMMAR);
    }
    scheme = scheme.toLowerCase(Locale.ROOT);
    String rest = text.substring(colon + 3);
    int question = rest.indexOf('?');
    Map<String, String> parameters =
        question < 0 ? new TreeMap<>() : parameters(text, rest.substring(question + 1));
    String address = question < 0 ? rest : rest.substring(0, question);
    if (hasName(scheme)) {
      if (address.isEmpty()) {
        throw bad(text, "has no name; expected " + scheme + "://name");
      }
      return new Endpoint(scheme, address, NO_PORT, parameters);
    }
    int portColon = address.lastIndexOf(':');
    if (portColon < address.lastIndexOf(']')) {
      portColon = -1;
    }
    String host = portColon < 0 ? address : address.substring(0, portColon);
    requireHost(text, address, host);
    int port = portColon < 0 ? NO_PORT : port(text, address.substring(portColon + 1));
    return new Endpoint(scheme, host, port, parameters);
  }

  private static boolean hasName(String scheme) {
    return scheme.equals("inproc") || scheme.equals("ipc");
  }

  private static void requireHost(String text, String address, String host) {
    if (host.isEmpty()) {
      throw bad(text, "has no host; " + GRAMMAR);
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      if (!NetUtil.isValidIpV6Address(host)) {
        throw bad(text, "has the malformed IPv6 address '" + host + "'");
      }
      return;
    }
    if (NetUtil.isValidIpV6Address(address) || NetUtil.isValidIpV6Address(host)) {
      throw bad(
          text, "has an IPv6 address without brackets; expected for example tcp://[::1]:5555");
    }
    if (HOST_AND_PORT.matcher(host).matches()) {
      throw bad(text, "has two ports; " + GRAMMAR);
    }
    boolean digits = DIGITS_AND_DOTS.matcher(host).matches();
    if (digits ? !NetUtil.isValidIpV4Address(host) : !NAME.matcher(host).matches()) {
      throw bad(text, "has the malformed host '" + host + "'; " + GRAMMAR);
    }
  }

  private static int port(String text, String digits) {
    if (digits.equals("*")) {
      return 0;
    }
    int port = PORT.matcher(digits).matches() ? Integer.parseInt(digits) : NO_PORT;
    if (port < 0 || port > 65_535) {
      throw bad(text, "has the port '" + digits + "'; a port is 0 to 65535 or *");
    }
    return port;
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
   * The host, with brackets around an IPv6 address, or the name of an {@code inproc} or {@code ipc}
   * endpoint.
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
   * @param host the real host; an IPv6 address may come without brackets
   * @param port the real port
   * @return a new endpoint
   */
  public Endpoint withAddress(String host, int port) {
    boolean bare = !hasName(scheme) && host.indexOf(':') >= 0 && !host.startsWith("[");
    return new Endpoint(scheme, bare ? "[" + host + "]" : host, port, parameters);
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
