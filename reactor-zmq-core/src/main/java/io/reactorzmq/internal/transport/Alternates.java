package io.reactorzmq.internal.transport;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which other transport the connections of an endpoint may move to, as its parameters and the
 * environment say, and whether that transport is there. Each scheme of a transport that offers
 * itself beside {@code tcp} is a parameter of {@code tcp} endpoints, and {@code rdma} always is.
 */
public final class Alternates {

  /** The environment variable that names the transport preferred where an endpoint says nothing. */
  public static final String VARIABLE = "MC_RPC_PROTOCOL";

  /** The transport whose endpoints may move to others. */
  private static final String BASE = "tcp";

  /** Known without its jar, so that asking for it names the jar. */
  private static final String RDMA = "rdma";

  /** Why a transport that is there is no alternate. */
  public static final String NOTHING = "its transport offers nothing beside such endpoints";

  private Alternates() {}

  // ---- what an endpoint says

  /** Checks the parameters of an endpoint, and the environment, without asking what is there. */
  static void validate(Endpoint endpoint, boolean bind) {
    List<String> wanted = new ArrayList<>();
    List<String> required = new ArrayList<>();
    endpoint
        .parameters()
        .forEach(
            (key, value) -> {
              if (!isKnown(endpoint, key)) {
                throw bad(
                    endpoint,
                    "has the unknown parameter '" + key + "'; tcp takes " + keys(endpoint));
              }
              AlternateLevel level = AlternateLevel.read(value);
              if (level == null) {
                throw bad(
                    endpoint,
                    "has "
                        + key
                        + "='"
                        + value
                        + "'; "
                        + key
                        + " must be "
                        + AlternateLevel.VALUES);
              }
              if (level.isWanted()) {
                wanted.add(key + "=" + value);
              }
              if (level == AlternateLevel.REQUIRED) {
                required.add(key + "=" + value);
              }
            });
    List<String> exclusive = bind ? required : wanted;
    if (exclusive.size() > 1) {
      throw bad(
          endpoint,
          "has both "
              + exclusive.get(0)
              + " and "
              + exclusive.get(1)
              + "; a connection can move to one transport");
    }
    String environment = environment();
    if (environment != null && !isKnown(endpoint, environment)) {
      throw bad(
          endpoint,
          "cannot move to '"
              + environment
              + "', which the environment variable "
              + VARIABLE
              + " says; it must be "
              + BASE
              + " or one of "
              + keys(endpoint));
    }
  }

  private static boolean isKnown(Endpoint endpoint, String key) {
    return key.equals(RDMA) || offers(endpoint, key);
  }

  private static String keys(Endpoint endpoint) {
    Set<String> keys = new TreeSet<>(Set.of(RDMA));
    Transports.schemes().stream().filter(key -> offers(endpoint, key)).forEach(keys::add);
    return String.join(", ", keys);
  }

  /** Whether the transport of a scheme offers itself beside an endpoint, now or at other times. */
  private static boolean offers(Endpoint endpoint, String scheme) {
    if (scheme.equals(endpoint.scheme()) || !Transports.schemes().contains(scheme)) {
      return false;
    }
    try {
      Endpoint alternate = transport(endpoint, scheme).alternateTo(endpoint);
      return alternate != null && alternate.scheme().equals(scheme);
    } catch (RuntimeException | LinkageError e) {
      return true; // it would, and says why it cannot
    }
  }

  private static @Nullable String environment() {
    String value = System.getenv(VARIABLE);
    if (value == null || value.isBlank()) {
      return null;
    }
    String scheme = value.strip().toLowerCase(Locale.ROOT);
    return scheme.equals(BASE) ? null : scheme;
  }

  /**
   * What an endpoint says about one other transport.
   *
   * @param endpoint a valid one
   * @param scheme of the other transport's endpoints
   * @return how much it is wanted
   */
  public static AlternateLevel level(Endpoint endpoint, String scheme) {
    if (!endpoint.scheme().equals(BASE)) {
      return AlternateLevel.OFF;
    }
    String value = endpoint.parameters().get(scheme);
    if (value != null) {
      return Objects.requireNonNull(AlternateLevel.read(value));
    }
    return scheme.equals(environment()) ? AlternateLevel.PREFERRED : AlternateLevel.UNSAID;
  }

  /**
   * The other transport that an endpoint's connections should move to. What the endpoint says
   * itself goes before what the environment says.
   *
   * @param endpoint a valid one, to be dialled
   * @return its scheme, or null to stay
   */
  public static @Nullable String wanted(Endpoint endpoint) {
    if (!endpoint.scheme().equals(BASE)) {
      return null;
    }
    for (String key : endpoint.parameters().keySet()) {
      if (level(endpoint, key).isWanted()) {
        return key;
      }
    }
    String environment = environment();
    return environment != null && level(endpoint, environment).isWanted() ? environment : null;
  }

  /**
   * The other transports that an endpoint might offer to those who dial it.
   *
   * @param endpoint a valid one, to be bound
   * @return their schemes, those first that are wanted; they may not be there
   */
  public static List<String> candidates(Endpoint endpoint) {
    if (!endpoint.scheme().equals(BASE)) {
      return List.of();
    }
    Set<String> schemes = new TreeSet<>(Transports.schemes());
    schemes.add(RDMA);
    schemes.remove(BASE);
    List<String> candidates = new ArrayList<>(schemes);
    candidates.removeIf(scheme -> level(endpoint, scheme) == AlternateLevel.OFF);
    candidates.sort(
        (a, b) -> Boolean.compare(level(endpoint, b).isWanted(), level(endpoint, a).isWanted()));
    return candidates;
  }

  // ---- what is there

  /** Checks that what an endpoint requires is there, as far as that can be known beforehand. */
  static void requireRequired(Endpoint endpoint, boolean bind) {
    for (String scheme : endpoint.parameters().keySet()) {
      if (level(endpoint, scheme) == AlternateLevel.REQUIRED) {
        try {
          if (bind && toBind(endpoint, scheme) == null) {
            throw new EndpointException(NOTHING);
          } else if (!bind) {
            requireDialable(endpoint, scheme);
          }
        } catch (EndpointException e) {
          throw new EndpointException(
              "endpoint '" + endpoint + "' cannot have its " + scheme + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /**
   * Checks that another transport is there to be dialled with.
   *
   * @param endpoint that would name the other transport's endpoint
   * @param scheme of the other transport's endpoints
   * @throws EndpointException that says why not
   */
  public static void requireDialable(Endpoint endpoint, String scheme) {
    requireDialable(at(endpoint, scheme));
  }

  /**
   * Checks that an endpoint can be dialled, as far as that can be known beforehand.
   *
   * @param alternate that an acceptor has named
   * @throws EndpointException that says why not
   */
  public static void requireDialable(Endpoint alternate) {
    worded(
        () -> {
          Transports.forEndpoint(alternate).validate(alternate, false);
          return alternate;
        });
  }

  /**
   * What to bind of another transport beside an endpoint.
   *
   * @param bound the endpoint
   * @param scheme of the other transport's endpoints
   * @return what to bind; null if that transport offers nothing to such endpoints
   * @throws EndpointException that says why there is nothing at present
   */
  public static @Nullable Endpoint toBind(Endpoint bound, String scheme) {
    return worded(
        () -> {
          Transport transport = transport(bound, scheme);
          Endpoint alternate = transport.alternateTo(bound);
          if (alternate == null || !alternate.scheme().equals(scheme)) {
            return null;
          }
          transport.validate(alternate, true);
          return alternate;
        });
  }

  /**
   * The endpoint to dial that an acceptor has named: where it names no host, the one that was
   * dialled.
   *
   * @param text as named
   * @param dialled the endpoint whose acceptor named it
   * @return an endpoint that can be dialled
   * @throws EndpointException if there is none
   */
  public static Endpoint named(String text, Endpoint dialled) {
    Endpoint named = Endpoint.parse(text);
    boolean anyHost = Set.of("*", "0.0.0.0", "[::]").contains(named.host());
    Endpoint alternate = anyHost ? named.withAddress(dialled.host(), named.port()) : named;
    requireDialable(alternate);
    return alternate;
  }

  private static Transport transport(Endpoint endpoint, String scheme) {
    return Transports.forEndpoint(at(endpoint, scheme));
  }

  /** Another transport's endpoint at the same address. */
  private static Endpoint at(Endpoint endpoint, String scheme) {
    return Endpoint.parse(scheme + "://" + endpoint.host() + ":" + endpoint.port());
  }

  /** A transport whose native part is missing may say so in its own ways. */
  private static <R extends @Nullable Object> R worded(Supplier<R> question) {
    try {
      return question.get();
    } catch (EndpointException e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      throw new EndpointException(String.valueOf(e), e);
    }
  }

  private static EndpointException bad(Endpoint endpoint, String why) {
    return new EndpointException("endpoint '" + endpoint + "' " + why);
  }
}
