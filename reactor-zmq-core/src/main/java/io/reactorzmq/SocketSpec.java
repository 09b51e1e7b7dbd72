package io.reactorzmq;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * What a socket will be: its endpoints and options. Immutable: every method returns a new spec, so
 * a spec can be kept as a template, shared, and opened many times.
 *
 * @param <S> the spec's own type
 * @param <K> the socket it opens
 */
public abstract sealed class SocketSpec<S extends SocketSpec<S, K>, K extends ZmqSocket>
    permits PairSpec, PubSpec, PullSpec, PushSpec, RepSpec, ReqSpec, SubSpec {

  final SocketConfig config;

  SocketSpec(SocketConfig config) {
    this.config = config;
  }

  /** The same spec with another configuration. */
  abstract S with(SocketConfig changed);

  /** Makes the socket, opened but for its endpoints. */
  abstract Mono<K> start();

  final S change(Consumer<SocketConfig> change) {
    SocketConfig changed = config.copy();
    change.accept(changed);
    return with(changed);
  }

  /**
   * Listens at an endpoint. May be called several times, and beside {@link #connect(String)}.
   *
   * @param endpoint for example {@code tcp://*:5557}; port 0 or {@code *} lets the system choose
   * @return a new spec
   * @throws EndpointException if the endpoint cannot be bound by any transport at hand
   */
  public S bind(String endpoint) {
    return bind(Endpoint.parse(endpoint));
  }

  /**
   * As {@link #bind(String)}.
   *
   * @param endpoint where to listen
   * @return a new spec
   * @throws EndpointException if the endpoint cannot be bound by any transport at hand
   */
  public S bind(Endpoint endpoint) {
    Transports.forEndpoint(endpoint).validate(endpoint, true);
    return change(c -> c.binds = append(c.binds, endpoint));
  }

  /**
   * Connects to an endpoint, now or whenever it appears, and again whenever the connection is lost.
   * May be called several times, and beside {@link #bind(String)}.
   *
   * @param endpoint for example {@code tcp://feed:5556}
   * @return a new spec
   * @throws EndpointException if the endpoint cannot be dialled by any transport at hand
   */
  public S connect(String endpoint) {
    return connect(Endpoint.parse(endpoint));
  }

  /**
   * As {@link #connect(String)}.
   *
   * @param endpoint where to connect to
   * @return a new spec
   * @throws EndpointException if the endpoint cannot be dialled by any transport at hand
   */
  public S connect(Endpoint endpoint) {
    Transports.forEndpoint(endpoint).validate(endpoint, false);
    return change(
        c -> {
          if (c.connects.contains(endpoint)) {
            throw new EndpointException("connected to " + endpoint + " already");
          }
          c.connects = append(c.connects, endpoint);
        });
  }

  private static List<Endpoint> append(List<Endpoint> list, Endpoint endpoint) {
    List<Endpoint> longer = new ArrayList<>(list);
    longer.add(endpoint);
    return List.copyOf(longer);
  }

  /**
   * How many messages may wait. A sender queues at most this many beside what its peers have room
   * for; a receiver lets each peer have at most this many under way. One number on both sides of
   * one connection therefore allows twice as many in all.
   *
   * @param messages default 1000; 0 for no limit, the byte bounds stay
   * @return a new spec
   */
  public S highWaterMark(int messages) {
    require(messages >= 0, "highWaterMark", messages, "must not be negative");
    return change(c -> c.highWaterMark = messages);
  }

  /**
   * How many bytes a sender queues at most. A larger message is accepted into an empty queue.
   *
   * @param bytes at least 1; default 64 MiB
   * @return a new spec
   */
  public S highWaterMarkBytes(long bytes) {
    require(bytes >= 1, "highWaterMarkBytes", bytes, "must be at least 1");
    return change(c -> c.highWaterMarkBytes = bytes);
  }

  /**
   * How many {@code send}s may wait un-encoded for room or for a peer; one more fails with {@link
   * io.reactorzmq.error.OverflowException}.
   *
   * @param sends 0 or more; default: the high-water mark, or 1000 if that is unlimited
   * @return a new spec
   */
  public S maxPendingSends(int sends) {
    require(sends >= 0, "maxPendingSends", sends, "must not be negative");
    return change(c -> c.maxPendingSends = sends);
  }

  /**
   * How many bytes a receiver holds for all its peers, beside one frame of 256 KiB per peer. A
   * quarter is for small messages, three quarters for large ones that are being put together.
   *
   * @param bytes at least 4 MiB; default 256 MiB
   * @return a new spec
   */
  public S receiveBudgetBytes(long bytes) {
    require(bytes >= 4 << 20, "receiveBudgetBytes", bytes, "must be at least " + (4 << 20));
    return change(c -> c.receiveBudgetBytes = bytes);
  }

  /**
   * The largest message this socket receives. Peers are told and do not send larger ones; one that
   * does is disconnected before memory is taken.
   *
   * @param bytes all parts together; default 64 MiB; 0 for no limit
   * @return a new spec
   */
  public S maxMessageSize(long bytes) {
    require(bytes >= 0, "maxMessageSize", bytes, "must not be negative");
    return change(c -> c.maxMessageSize = bytes);
  }

  /**
   * How long closing, unbinding and disconnecting wait until what was accepted is known to be
   * consumed and what arrived is taken.
   *
   * @param duration zero closes at once; negative waits for ever; default 1 second
   * @return a new spec
   */
  public S linger(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    return change(c -> c.linger = duration);
  }

  /**
   * When to dial again after a failed dial or a lost connection. A connection that was live starts
   * the policy anew.
   *
   * @param policy default: backoff from 100 ms to 5 s with jitter, for ever; {@code Retry.max(0)}
   *     dials once
   * @return a new spec
   */
  public S reconnect(Retry policy) {
    Objects.requireNonNull(policy, "policy");
    return change(c -> c.reconnect = policy);
  }

  /**
   * How long a dial, and then the handshake, may take; on either side.
   *
   * @param timeout positive; default 5 seconds
   * @return a new spec
   */
  public S handshakeTimeout(Duration timeout) {
    requirePositive(timeout, "handshakeTimeout");
    return change(c -> c.handshakeTimeout = timeout);
  }

  /**
   * Liveness of an idle connection: a peer that sent nothing for the interval is asked for a sign
   * of life, one that sent nothing for the timeout is closed. Every byte received is a sign of
   * life.
   *
   * @param interval positive; default 20 seconds
   * @param timeout longer than the interval; default 90 seconds
   * @return a new spec
   */
  public S keepAlive(Duration interval, Duration timeout) {
    requirePositive(interval, "keepAlive interval");
    if (timeout.compareTo(interval) <= 0) {
      throw new IllegalArgumentException(
          "keepAlive timeout is " + timeout + ", must be longer than the interval " + interval);
    }
    return change(
        c -> {
          c.keepAliveInterval = interval;
          c.keepAliveTimeout = timeout;
        });
  }

  /**
   * A name that peers see. A socket that is bound refuses a second live peer of the same name.
   *
   * @param id 1 to 255 bytes of UTF-8; default: none
   * @return a new spec
   */
  public S routingId(String id) {
    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
    require(
        bytes.length >= 1 && bytes.length <= 255, "routingId length", bytes.length, "is 1 to 255");
    return change(c -> c.routingId = bytes);
  }

  /**
   * The event loops and memory to run on.
   *
   * @param resources shared with other sockets, closed by the caller; default: {@link
   *     ZmqResources#shared()}
   * @return a new spec
   */
  public S resources(ZmqResources resources) {
    Objects.requireNonNull(resources, "resources");
    return change(c -> c.resources(resources));
  }

  /**
   * Opens a socket. Completes when every endpoint to bind is bound; it never waits for peers.
   *
   * @return cold: each subscription opens a socket of its own. Fails with {@link EndpointException}
   *     if an endpoint cannot be bound, and then leaves nothing behind. Cancelling closes what was
   *     opened so far
   */
  public Mono<K> open() {
    return Mono.defer(this::start);
  }

  /**
   * Opens a socket and waits for it, 30 seconds at most.
   *
   * @return the open socket
   */
  public K openNow() {
    return openNow(Duration.ofSeconds(30));
  }

  /**
   * Opens a socket and waits for it.
   *
   * @param timeout how long at most
   * @return the open socket
   * @throws IllegalStateException after the timeout
   */
  public K openNow(Duration timeout) {
    return Objects.requireNonNull(open().block(timeout));
  }

  static void require(boolean holds, String name, long value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + ", " + rule);
    }
  }

  private static void requirePositive(Duration value, String name) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + ", must be positive");
    }
  }
}
