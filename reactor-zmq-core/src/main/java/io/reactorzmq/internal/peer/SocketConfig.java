package io.reactorzmq.internal.peer;

import io.reactorzmq.internal.flow.LaneBounds;
import io.reactorzmq.internal.flow.SendBounds;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.util.retry.Retry;

/**
 * Everything a spec says about its socket. A spec copies it before it changes a field, so an
 * instance that a socket was opened with never changes.
 */
public final class SocketConfig implements Cloneable {

  /**
   * Frames are at most this long where a transport has no wishes; measured on loopback TCP, see
   * docs/rationale.md.
   */
  public static final int MAX_FRAME_BYTES = 256 * 1024;

  private static final int MIB = 1024 * 1024;

  public final Role role;
  public List<Endpoint> binds = List.of();
  public List<Endpoint> connects = List.of();
  public int highWaterMark = 1000;
  public long highWaterMarkBytes = 64L * MIB;

  /** Negative: as many as the high-water mark. */
  public int maxPendingSends = -1;

  public long receiveBudgetBytes = 256L * MIB;
  public long maxMessageSize = 64L * MIB;
  public Duration linger = Duration.ofSeconds(1);
  public Retry reconnect =
      Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
          .maxBackoff(Duration.ofSeconds(5))
          .jitter(0.5)
          .transientErrors(true);
  public Duration handshakeTimeout = Duration.ofSeconds(5);
  public Duration keepAliveInterval = Duration.ofSeconds(20);
  public Duration keepAliveTimeout = Duration.ofSeconds(90);
  public Duration assemblyTimeout = Duration.ofSeconds(5);
  public byte[] routingId = {};
  public OnUndecodable onUndecodable = OnUndecodable.SKIP;
  public int concurrency = 256;
  public long bulkThreshold = MIB;

  /** To each connect endpoint; of a REQ. */
  public int connections = 1;

  public boolean exposeErrors;
  public OverflowPolicy overflow = OverflowPolicy.DROP_LATEST;
  private @Nullable ZmqResources resources;

  /**
   * The defaults of a socket type.
   *
   * @param role its type
   */
  public SocketConfig(Role role) {
    this.role = role;
  }

  /**
   * A copy to change.
   *
   * @return equal to this one until changed
   */
  public SocketConfig copy() {
    try {
      return (SocketConfig) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The resources to run on.
   *
   * @return the shared ones unless set
   */
  public ZmqResources resources() {
    return resources == null ? ZmqResources.shared() : resources;
  }

  /**
   * Sets the resources to run on.
   *
   * @param resources not the socket's to close
   */
  public void resources(ZmqResources resources) {
    this.resources = resources;
  }

  /**
   * The bounds of a sender.
   *
   * @return new ones, with nothing queued
   */
  public SendBounds sendBounds() {
    return new SendBounds(highWaterMark, highWaterMarkBytes, pendingSends());
  }

  /**
   * How much may wait for one subscriber.
   *
   * @return the high-water marks
   */
  public LaneBounds laneBounds() {
    return new LaneBounds(
        highWaterMark == 0 ? Integer.MAX_VALUE : highWaterMark, highWaterMarkBytes);
  }

  private int pendingSends() {
    if (maxPendingSends >= 0) {
      return maxPendingSends;
    }
    return highWaterMark == 0 ? 1000 : highWaterMark;
  }

  /**
   * Frames of credit to keep open for each peer. Times the messages of a frame it never passes the
   * high-water mark.
   *
   * @return 1 to 8
   */
  public int window() {
    // a short frame costs more than a wider window brings
    return highWaterMark == 0 || highWaterMark >= 8 * 64 ? 8 : Math.min(4, highWaterMark);
  }

  private int messagesPerFrame() {
    return highWaterMark == 0 ? 1024 : Math.min(1024, highWaterMark / window());
  }

  /**
   * What this socket announces as a receiver; each connection with frames of its own length.
   *
   * @return its limits
   */
  public Limits limits() {
    return new Limits(messagesPerFrame(), MAX_FRAME_BYTES, maxMessageSize, maxInFlight());
  }

  /** Requests that a peer may have unanswered; only a REP takes any. */
  private int maxInFlight() {
    if (role != Role.REP) {
      return 0;
    }
    return highWaterMark == 0 ? concurrency : Math.min(highWaterMark, concurrency);
  }
}
