package io.reactorzmq.options;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Scheduler;

// Past 300 lines because most of it is what its options mean.

/**
 * Event loops, memory and bounds that sockets share, as ZeroMQ's context does. Each socket lives on
 * one of the event loops, or on several if it keeps several connections to an endpoint; closing the
 * resources closes every socket opened on them.
 *
 * <p>{@link #shared()} is used where nothing else is said. Its threads are daemons and it is never
 * closed.
 */
public final class ZmqResources {

  /** Makes threads on which Reactor refuses to block. */
  private static final class EventLoopThreads extends DefaultThreadFactory {

    EventLoopThreads() {
      super("zmq", true);
    }

    @Override
    protected Thread newThread(Runnable task, String name) {
      return new EventLoopThread(threadGroup, task, name);
    }
  }

  private static final class EventLoopThread extends FastThreadLocalThread implements NonBlocking {

    EventLoopThread(@Nullable ThreadGroup group, Runnable task, String name) {
      super(group, task, name);
    }
  }

  private static final class Shared {
    static final ZmqResources INSTANCE = new Builder().build();
  }

  private final MultiThreadIoEventLoopGroup eventLoops;
  private final ByteBufAllocator allocator;
  private final long maxPendingBytes;
  private final @Nullable Scheduler callbacks;
  private final Map<Class<?>, Object> transportOptions;
  private final Set<Supplier<Mono<?>>> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private ZmqResources(Builder builder) {
    IoHandlerFactory io = IoHandlers.of(Epoll.isAvailable(), builder.busyPolling);
    this.eventLoops =
        new MultiThreadIoEventLoopGroup(builder.eventLoops, new EventLoopThreads(), io);
    this.allocator = builder.allocator;
    this.maxPendingBytes = builder.maxPendingBytes;
    this.callbacks = builder.callbacks;
    this.transportOptions = Map.copyOf(builder.transportOptions);
  }

  /**
   * The resources of every socket that is given none.
   *
   * @return one instance per process
   */
  public static ZmqResources shared() {
    return Shared.INSTANCE;
  }

  /**
   * Starts the description of resources of your own.
   *
   * @return a builder with the defaults
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The event loop for a new socket, in turn.
   *
   * @return one of the event loops
   */
  public EventLoop nextEventLoop() {
    return eventLoops.next();
  }

  /**
   * The event loops for a new socket that is to live on several, in turn.
   *
   * @param n how many are wanted, at least 1
   * @return different ones; all there are, if that is less than n
   */
  public List<EventLoop> nextEventLoops(int n) {
    Set<EventLoop> loops = new LinkedHashSet<>();
    while (loops.size() < Math.min(n, eventLoops.executorCount())) {
      loops.add(eventLoops.next());
    }
    return List.copyOf(loops);
  }

  /**
   * Where frames and large values are allocated.
   *
   * @return by default Netty's pooled allocator
   */
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /**
   * How many bytes may wait in the transport for one peer that does not read.
   *
   * @return bytes
   */
  public long maxPendingBytes() {
    return maxPendingBytes;
  }

  /**
   * Where values and completions are signalled.
   *
   * @return null for the socket's event loop
   */
  public @Nullable Scheduler callbacks() {
    return callbacks;
  }

  /**
   * The options of one kind that transports were given.
   *
   * @param type the options' class
   * @param <T> the options' class
   * @return null if none of this class were given
   */
  public <T> @Nullable T transportOptions(Class<T> type) {
    return type.cast(transportOptions.get(type));
  }

  /**
   * All that transports were given.
   *
   * @return unmodifiable, by class
   */
  public Map<Class<?>, Object> transportOptions() {
    return transportOptions;
  }

  /**
   * Ties a socket to these resources, so that it is closed with them.
   *
   * @param close closes the socket and completes when it is closed
   * @return run it when the socket is closed
   * @throws IllegalStateException if the resources are closed
   */
  public Runnable register(Supplier<Mono<?>> close) {
    sockets.add(close);
    if (closed) {
      sockets.remove(close);
      throw new IllegalStateException("these ZmqResources are closed");
    }
    return () -> sockets.remove(close);
  }

  /** Starts {@link #disposeLater()} and does not wait for it. Idempotent. */
  public void dispose() {
    disposeLater().subscribe();
  }

  /**
   * Closes every socket, each within its linger, then ends the event loop threads. Idempotent.
   *
   * @return cold; completes when nothing is left. Cancelling stops waiting, not closing
   * @throws IllegalStateException for the {@link #shared()} resources
   */
  public Mono<Void> disposeLater() {
    if (this == Shared.INSTANCE) {
      throw new IllegalStateException("the shared ZmqResources are never closed");
    }
    return Mono.defer(
        () -> {
          closed = true;
          return Flux.fromIterable(sockets)
              .flatMap(close -> close.get().onErrorComplete(), Integer.MAX_VALUE)
              .then(terminated());
        });
  }

  private Mono<Void> terminated() {
    return Mono.create(
        sink -> {
          Future<?> future = eventLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
          future.addListener(done -> sink.success());
        });
  }

  /** Describes {@link ZmqResources}; not thread-safe. */
  public static final class Builder {

    private static final long MEBIBYTE = 1024 * 1024;
    private static final long MIN_PENDING_BYTES = 8 * MEBIBYTE;

    private int eventLoops = Math.max(2, Runtime.getRuntime().availableProcessors());
    private boolean busyPolling;
    private ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private long maxPendingBytes = 64 * MEBIBYTE;
    private @Nullable Scheduler callbacks;
    private final Map<Class<?>, Object> transportOptions = new HashMap<>();

    private Builder() {}

    /**
     * How many event loop threads there are. A socket uses one, or as many as it keeps connections
     * to an endpoint.
     *
     * @param threads at least 1; default: the number of processors, at least 2
     * @return this builder
     */
    public Builder eventLoops(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("eventLoops is " + threads + ", must be at least 1");
      }
      this.eventLoops = threads;
      return this;
    }

    /**
     * Whether event loops look for news again and again instead of sleeping until there are some,
     * so that no message waits for a thread to wake up. Each loop that has begun then takes a whole
     * processor, also while nothing happens, until the resources are closed: have fewer {@link
     * #eventLoops(int)} than processors. With fewer processors than busy threads it is slower than
     * sleeping.
     *
     * @param busyPolling default: false
     * @return this builder
     */
    public Builder busyPolling(boolean busyPolling) {
      this.busyPolling = busyPolling;
      return this;
    }

    /**
     * Where frames and large values are allocated.
     *
     * @param allocator default: Netty's pooled allocator
     * @return this builder
     */
    public Builder allocator(ByteBufAllocator allocator) {
      this.allocator = Objects.requireNonNull(allocator, "allocator");
      return this;
    }

    /**
     * How many bytes may wait in the transport for one peer that does not read, the last line
     * behind credit. Passing it closes that peer with {@link
     * io.reactorzmq.error.SlowPeerException}.
     *
     * @param bytes at least 8 MiB, which is above all that a peer may have credit for in frames of
     *     256 KiB; default 64 MiB
     * @return this builder
     */
    public Builder maxPendingBytes(long bytes) {
      if (bytes < MIN_PENDING_BYTES) {
        throw new IllegalArgumentException(
            "maxPendingBytes is " + bytes + ", must be at least " + MIN_PENDING_BYTES);
      }
      this.maxPendingBytes = bytes;
      return this;
    }

    /**
     * Moves every {@code onNext} and completion off the event loops, so that they may block;
     * keep-alive then never waits for them. The scheduler is the caller's and is not disposed.
     *
     * @param scheduler for example {@code Schedulers.boundedElastic()}; default: the event loops
     * @return this builder
     */
    public Builder callbacks(Scheduler scheduler) {
      this.callbacks = Objects.requireNonNull(scheduler, "scheduler");
      return this;
    }

    /**
     * Options for one kind of transport, for example {@code RdmaOptions}. May be called once for
     * each class of options; of the same class, the last instance counts. A transport reads the
     * classes it knows; all others take no notice, so options whose transport is not on the class
     * path do nothing.
     *
     * @param options of a class that the transport documents
     * @return this builder
     */
    public Builder transportOptions(Object options) {
      Objects.requireNonNull(options, "options");
      transportOptions.put(options.getClass(), options);
      return this;
    }

    /**
     * Starts the resources. The event loop threads start on first use.
     *
     * @return resources to be closed with {@link ZmqResources#disposeLater()}
     */
    public ZmqResources build() {
      return new ZmqResources(this);
    }
  }
}
