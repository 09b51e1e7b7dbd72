package io.reactorzmq.rdma;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How {@code rdma://} works on the event loops of one {@code ZmqResources}: how long they spin,
 * what may be under way, what UCX may use. Immutable, each method returns a new one; hand it to
 * {@code ZmqResources.builder().transportOptions(..)}.
 *
 * <p>What is not set here is as UCX's own environment variables ({@code UCX_TLS}, {@code
 * UCX_NET_DEVICES}, {@code UCX_RNDV_THRESH}) say.
 */
public final class RdmaOptions {

  /** Never sleep. */
  public static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  private static final int MIN_WINDOW_BYTES = 1024 * 1024;
  private static final RdmaOptions DEFAULTS = new RdmaOptions();

  private Duration spin = Spin.configured();
  private int queueDepth = 64;
  private int windowBytes = 4 * 1024 * 1024;
  private List<String> transports = List.of();
  private List<String> devices = List.of();
  private @Nullable Integer rendezvousThreshold;

  private RdmaOptions() {}

  private RdmaOptions(RdmaOptions other) {
    this.spin = other.spin;
    this.queueDepth = other.queueDepth;
    this.windowBytes = other.windowBytes;
    this.transports = other.transports;
    this.devices = other.devices;
    this.rendezvousThreshold = other.rendezvousThreshold;
  }

  /**
   * The options of who sets none.
   *
   * @return the defaults
   */
  public static RdmaOptions defaults() {
    return DEFAULTS;
  }

  /**
   * How long an event loop looks for news before it sleeps. Each spinning loop takes a core. The
   * loop adapts: it spins only while news come within this time, so an idle one sleeps.
   *
   * @param limit zero: sleep at once; {@link #FOR_EVER}: never sleep; default 200 µs, or what the
   *     system property {@code io.reactorzmq.rdma.spin} says: microseconds, or {@code forever}
   * @return new options
   */
  public RdmaOptions spin(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("spin is " + limit + ", must not be negative");
    }
    RdmaOptions changed = new RdmaOptions(this);
    changed.spin = limit;
    return changed;
  }

  /**
   * How many frames of one connection are handed to UCX at a time; what waits behind them can still
   * be overtaken by keep-alives.
   *
   * @param frames at least 1; default 64
   * @return new options
   */
  public RdmaOptions queueDepth(int frames) {
    if (frames < 1) {
      throw new IllegalArgumentException("queueDepth is " + frames + ", must be at least 1");
    }
    RdmaOptions changed = new RdmaOptions(this);
    changed.queueDepth = frames;
    return changed;
  }

  /**
   * What a peer may send before this side has taken it, so what one connection may hold in received
   * frames. One frame is always allowed, whatever its size.
   *
   * @param bytes 1 MiB to 1 GiB; default 4 MiB
   * @return new options
   */
  public RdmaOptions windowBytes(int bytes) {
    if (bytes < MIN_WINDOW_BYTES || bytes > 1 << 30) {
      throw new IllegalArgumentException(
          "windowBytes is " + bytes + ", must be " + MIN_WINDOW_BYTES + " to " + (1 << 30));
    }
    RdmaOptions changed = new RdmaOptions(this);
    changed.windowBytes = bytes;
    return changed;
  }

  /**
   * The transports that UCX may choose from, as {@code UCX_TLS} names them, for example {@code
   * rc_verbs}, {@code shm}, {@code tcp}.
   *
   * @param names none: whatever the environment says, all by default
   * @return new options
   */
  public RdmaOptions transports(String... names) {
    RdmaOptions changed = new RdmaOptions(this);
    changed.transports = requireNames("transport", names);
    return changed;
  }

  /**
   * The network devices that UCX may use, as {@code UCX_NET_DEVICES} names them, for example {@code
   * mlx5_0:1}.
   *
   * @param names none: whatever the environment says, all by default
   * @return new options
   */
  public RdmaOptions devices(String... names) {
    RdmaOptions changed = new RdmaOptions(this);
    changed.devices = requireNames("device", names);
    return changed;
  }

  private static List<String> requireNames(String what, String... names) {
    for (String name : names) {
      Objects.requireNonNull(name, what);
      if (name.isBlank() || name.indexOf(',') >= 0) {
        throw new IllegalArgumentException("'" + name + "' is no name of a " + what);
      }
    }
    return List.of(names);
  }

  /**
   * From which length on a frame is fetched by its receiver, straight from the sender's memory
   * (rendezvous), rather than sent along (eager).
   *
   * @param bytes at least 0; by default UCX decides for each transport, which is rarely beaten
   * @return new options
   */
  public RdmaOptions rendezvousThreshold(int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "rendezvousThreshold is " + bytes + ", must not be negative");
    }
    RdmaOptions changed = new RdmaOptions(this);
    changed.rendezvousThreshold = bytes;
    return changed;
  }

  /**
   * How long an event loop looks for news before it sleeps.
   *
   * @return never negative
   */
  public Duration spin() {
    return spin;
  }

  /**
   * How many frames of one connection are handed to UCX at a time.
   *
   * @return at least 1
   */
  public int queueDepth() {
    return queueDepth;
  }

  /**
   * What a peer may send before this side has taken it.
   *
   * @return bytes
   */
  public int windowBytes() {
    return windowBytes;
  }

  /**
   * The transports that UCX may choose from.
   *
   * @return empty for what the environment says
   */
  public List<String> transports() {
    return transports;
  }

  /**
   * The network devices that UCX may use.
   *
   * @return empty for what the environment says
   */
  public List<String> devices() {
    return devices;
  }

  /**
   * From which length on a frame is fetched by its receiver.
   *
   * @return null if UCX decides
   */
  public @Nullable Integer rendezvousThreshold() {
    return rendezvousThreshold;
  }

  @Override
  public String toString() {
    return "RdmaOptions[spin="
        + spin
        + ", queueDepth="
        + queueDepth
        + ", windowBytes="
        + windowBytes
        + ", transports="
        + transports
        + ", devices="
        + devices
        + ", rendezvousThreshold="
        + rendezvousThreshold
        + "]";
  }
}
