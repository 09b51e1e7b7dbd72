package io.reactorzmq.rdma.internal;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.reactorzmq.rdma.RdmaOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Past 300 lines because it is the one place that drives UCX: progress, sleep and what came of it.

/**
 * UCX on one event loop: the loop's thread drives it, spins while news are likely and otherwise
 * sleeps in epoll until UCX's own file descriptor says that there are some. It lives as long as the
 * event loop; everything in it is confined to that thread.
 *
 * <p>UCX calls back only while it is being driven. What it says then is noted, and acted upon when
 * it has returned.
 */
final class UcxLoop implements EpollIoHandle {

  private static final Logger LOG = LoggerFactory.getLogger(UcxLoop.class);

  /** How long other channels and tasks of the event loop wait for one that spins. */
  private static final long BURST_NANOS = 20_000;

  /** Rounds of progress before others get their turn. */
  private static final int TURN = 64;

  /** How often a sleeping loop looks after UCX all the same: some transports lose a wake-up. */
  private static final long TICK_MILLIS = 1000;

  /** What is owed to a peer that sends nothing for so long is told it. */
  private static final long ACK_DELAY_MILLIS = 10;

  /** How long a connection that was closed waits for UCX to be through with its messages. */
  private static final long END_MILLIS = 3000;

  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long a loop that ends waits for UCX to have said its first words to who has dialled. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  private final EventLoop eventLoop;
  private final RdmaOptions options;
  private final SendSlots slots = new SendSlots();
  private final UcpWorker worker;
  private final Spinning spinning;
  private final Blockage blockage;

  private final LongObjectMap<UcxEndpoint> endpoints = new LongObjectHashMap<>();
  private final LongObjectMap<Receiver> receivers = new LongObjectHashMap<>();
  private final Fetches fetches = new Fetches();
  private final News news = new News(slots);
  private final ArrayDeque<RdmaConnection> owing = new ArrayDeque<>();
  private final Set<RdmaConnection> ending = new HashSet<>();

  private final Runnable turnTask = this::turn;
  private final Runnable againTask;
  private @Nullable IoRegistration registration;
  private boolean scheduled;
  private boolean ticking;
  private boolean acking;
  private boolean retired;
  private boolean ended;
  private long now = System.nanoTime();

  /**
   * Takes a worker; {@link UcxLoops} does so.
   *
   * @throws IOException if UCX cannot be started
   */
  UcxLoop(EventLoop eventLoop, RdmaOptions options) throws IOException {
    this.eventLoop = eventLoop;
    this.options = options;
    this.spinning = new Spinning(options.spin());
    this.againTask = () -> eventLoop.execute(turnTask);
    this.worker = UcpWorker.take(options, this);
    this.blockage = new Blockage(worker::arm, this::progress, this::isSending);
  }

  /** Begins to drive UCX; on the loop. */
  void begin(IoEventLoop io) {
    io.register(this)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                registration = (IoRegistration) done.getNow();
                registration.submit(EpollIoOps.EPOLLIN);
              } else {
                LOG.warn("UCX's file descriptor could not be watched", done.cause());
              }
            });
    if (eventLoop instanceof SingleThreadEventExecutor executor) {
      // Netty does not close what is registered if the end comes while tasks are run
      executor.addShutdownHook(this::close);
    }
    worker.left().forEach(this::dialledBy);
    wake();
  }

  /** What is on a loop: once every connection has ended there must be nothing. */
  record Held(int endpoints, int receivers, int fetches, int slots) {}

  Held held() {
    return new Held(endpoints.size(), receivers.size(), fetches.count(), slots.count());
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  RdmaOptions options() {
    return options;
  }

  SendSlots slots() {
    return slots;
  }

  Fetches fetches() {
    return fetches;
  }

  /** The clock of this turn. */
  long now() {
    return now;
  }

  UcpWorker worker() {
    return worker;
  }

  // ---- what connections ask of UCX

  /** Begins an endpoint to an address. */
  UcxEndpoint dial(InetSocketAddress address, UcxEndpoint.Owner owner) throws IOException {
    requireLive();
    return added(new UcxEndpoint(this, worker.dial(address), owner));
  }

  /** Makes an endpoint to somebody who has dialled. */
  UcxEndpoint accept(long request, UcxEndpoint.Owner owner) throws IOException {
    return added(new UcxEndpoint(this, worker.accept(request), owner));
  }

  private void requireLive() throws IOException {
    if (ended || retired) {
      throw new IOException(
          retired ? UcpStatus.text(UcpStructs.BLOCKED) : "the event loop has ended");
    }
  }

  private UcxEndpoint added(UcxEndpoint endpoint) {
    endpoints.put(endpoint.handle(), endpoint);
    tick();
    wake();
    return endpoint;
  }

  /** The port by which UCX is dialled at an address of this machine. */
  int port(InetAddress address) throws IOException {
    requireLive();
    wake();
    return worker.port(address);
  }

  /**
   * Fetches announced data.
   *
   * @return whether it is there already; otherwise {@link Arriving#fetched(int)} says so
   */
  boolean fetch(Arriving frame, long announced, long to, long bytes) {
    int fetch = fetches.begin(frame);
    long request = worker.fetch(fetch, announced, to, bytes);
    wake();
    if (request == UcpStructs.OK) {
      fetches.end(fetch).fetched(UcpStructs.OK);
      return true;
    }
    if (UcpStructs.isError(request)) {
      fetches.end(fetch).fetched((int) request);
      return true;
    }
    return false;
  }

  /** Gives back data, fetched or not, that UCX has for us. */
  void releaseData(long announced) {
    Ucp.amRelease(worker.handle(), announced);
    wake();
  }

  void receive(long key, Receiver receiver) {
    receivers.put(key, receiver);
  }

  void receiveNoMore(long key) {
    receivers.remove(key);
  }

  // ---- what UCX says, while it is driven

  int message(int id, long header, long headerBytes, long data, long bytes, long parameters) {
    blockage.heard();
    long attributes = Memory.getLong(parameters);
    boolean announced = (attributes & UcpStructs.AM_RECV_RNDV) != 0;
    if (headerBytes < (id == AmHeader.FRAME ? AmHeader.HEAD : AmHeader.CONTROL_BYTES)) {
      return UcpStructs.OK;
    }
    long key = Memory.getLong(header + AmHeader.KEY);
    Receiver receiver = receivers.get(key);
    if (id == AmHeader.FRAME) {
      boolean kept =
          receiver != null && receiver.frame(header, headerBytes, data, bytes, announced);
      return kept ? UcpStructs.IN_PROGRESS : UcpStructs.OK;
    }
    if (receiver != null) {
      boolean answerable = (attributes & UcpStructs.AM_RECV_HAS_REPLY_EP) != 0;
      long from = answerable ? Memory.getLong(parameters + UcpStructs.AM_RECV_REPLY_EP) : 0;
      receiver.control(Memory.getByte(header + AmHeader.OP), header, headerBytes, from);
    }
    return UcpStructs.OK;
  }

  void sent(int slot, int status) {
    news.sent(slot);
  }

  void fetched(int fetch, int status) {
    fetches.end(fetch).fetched(status);
  }

  /** Somebody dials. Who it is and what for is in its first message. */
  void dialledBy(long request) {
    later(
        () -> {
          if (eventLoop.isShuttingDown() || retired) {
            worker.leave(request);
          } else {
            Stranger.admit(this, request);
          }
        });
  }

  /** The endpoint with a handle of UCX's, of somebody who has dialled; null if it is taken. */
  @Nullable UcxEndpoint stranger(long handle) {
    UcxEndpoint endpoint = endpoints.get(handle);
    return endpoint != null && endpoint.owner() instanceof Stranger ? endpoint : null;
  }

  void failed(long endpoint, int status) {
    UcxEndpoint named = endpoints.get(endpoint); // another one may have its handle later
    later(
        () -> {
          UcxEndpoint known = named == null ? endpoints.get(endpoint) : named;
          if (known != null) {
            known.failed(status);
          }
        });
  }

  // ---- what is done about it, when it has returned

  /** Runs a task when UCX has returned. */
  void later(Runnable task) {
    news.later(task);
    wake();
  }

  /** Something has come for a connection. */
  void dirty(RdmaConnection connection) {
    news.dirty(connection);
  }

  /** A connection owes its peer the news of what it has consumed. */
  void owes(RdmaConnection connection) {
    owing.add(connection);
    if (!acking) {
      acking = true;
      schedule(this::payDebts, ACK_DELAY_MILLIS);
    }
  }

  private void payDebts() {
    acking = false;
    for (RdmaConnection c = owing.poll(); c != null; c = owing.poll()) {
      c.acknowledge();
    }
  }

  /** A connection was closed, and ends in time whatever UCX does. */
  void ends(RdmaConnection connection) {
    ending.add(connection);
    schedule(
        () -> {
          ending.remove(connection);
          connection.giveUp();
        },
        END_MILLIS);
  }

  void closing(UcxEndpoint endpoint, long request) {
    news.closing(endpoint, request);
    wake();
  }

  void removed(UcxEndpoint endpoint) {
    endpoints.remove(endpoint.handle());
  }

  // ---- driving it

  /** Makes sure that UCX is driven soon; on the loop. */
  void wake() {
    if (!scheduled && !ended) {
      scheduled = true;
      eventLoop.execute(turnTask);
    }
  }

  /** After the event loop has looked at its channels, see Loops.runAfterIo. */
  private void again() {
    if (!scheduled) {
      scheduled = true;
      if (eventLoop instanceof SingleThreadEventLoop loop) {
        loop.executeAfterEventLoopIteration(againTask);
      } else {
        eventLoop.execute(turnTask);
      }
    }
  }

  private void turn() {
    scheduled = false;
    if (ended) {
      return;
    }
    if (eventLoop.isShuttingDown()) {
      close();
      return;
    }
    now = System.nanoTime();
    if (progress()) {
      spinning.news(now);
      spin();
      again();
    } else if (spinning.goesOn(now)) {
      spin();
      again();
    } else {
      sleep();
    }
  }

  /** Drives UCX until it has nothing to do, or for as long as a turn lasts. */
  private boolean progress() {
    boolean any = false;
    for (int i = 0; i < TURN; i++) {
      boolean moved = worker.progress() != 0;
      if (moved) {
        any = true;
      }
      news.settle();
      if (!moved) {
        return any;
      }
    }
    return any;
  }

  /** Looks again and again, for so long that nobody minds. */
  private void spin() {
    long start = now;
    while (spinning.goesOn(now) && now - start < BURST_NANOS && !hasTasks()) {
      if (worker.progress() != 0) {
        now = System.nanoTime();
        spinning.news(now);
        news.settle();
      } else {
        Thread.onSpinWait();
        now = System.nanoTime();
        if (news.isClosing()) {
          news.settle();
        }
      }
    }
  }

  private boolean hasTasks() {
    return !(eventLoop instanceof SingleThreadEventLoop loop) || loop.pendingTasks() > 0;
  }

  /**
   * Asks UCX to say when there are news. It must be driven once more after that: on some transports
   * what came in between is told by nobody.
   */
  private void sleep() {
    int status = worker.arm();
    boolean any = progress();
    if (status == UcpStructs.OK && !any) {
      spinning.sleeps();
    } else {
      again();
      if (!any) {
        tick();
      }
    }
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    if (!ended) {
      turn();
    }
  }

  private void tick() {
    if (!ticking && !ended) {
      ticking = true;
      schedule(this::ticked, TICK_MILLIS);
    }
  }

  private void ticked() {
    ticking = false;
    if (ended) {
      return;
    }
    if (blockage.look()) {
      retire();
    }
    wake();
    if (!endpoints.isEmpty() || blockage.isSuspected()) {
      tick();
    }
  }

  /** Gives the worker up: whoever comes or is dialled from now on gets another one. */
  private void retire() {
    LOG.warn(
        "UCX hears nothing any more: {}; {} connections end",
        UcpStatus.text(UcpStructs.BLOCKED),
        endpoints.size());
    retired = true;
    UcxLoops.forget(this);
    endAll(UcpStructs.BLOCKED);
    schedule(this::leave, END_MILLIS);
  }

  /** The retired worker is not driven any more. */
  private void leave() {
    if (!ended) {
      end(false);
      if (registration != null) {
        registration.cancel();
      }
    }
  }

  private void endAll(int status) {
    List.copyOf(endpoints.values()).forEach(endpoint -> endpoint.failed(status));
    List.copyOf(endpoints.values()).forEach(UcxEndpoint::close);
  }

  void schedule(Runnable task, long millis) {
    if (!eventLoop.isShuttingDown()) {
      eventLoop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public FileDescriptor fd() {
    return worker.events();
  }

  /** The event loop ends, and with it everything on it. */
  @Override
  public void close() {
    if (ended) {
      return;
    }
    scheduled = true; // nobody runs tasks any more
    drive(QUIET_NANOS, this::isOpening);
    endAll(UcpStructs.ERR_CANCELED);
    drive(END_NANOS, this::isUsed);
    end(!retired);
  }

  private void end(boolean reusable) {
    List.copyOf(ending).forEach(RdmaConnection::giveUp);
    ended = true;
    if (!isUsed()) {
      slots.close();
      if (reusable) {
        worker.giveBack();
      }
    } else {
      // UCX may still read what it was given, so nothing of it may be freed
      LOG.warn("UCX did not end everything in time; its memory is kept: {}", held());
    }
    UcxLoops.forget(this);
  }

  /** Drives UCX as long as a condition holds, at most for a time. */
  private void drive(long nanos, BooleanSupplier condition) {
    long deadline = System.nanoTime() + nanos;
    do {
      now = System.nanoTime();
      worker.progress();
      news.settle();
    } while (condition.getAsBoolean() && now - deadline < 0);
  }

  /** Whether UCX may be amid the first words with a peer. */
  private boolean isOpening() {
    return endpoints.values().stream().anyMatch(e -> !(e.owner() instanceof RdmaConnection));
  }

  private boolean isSending() {
    return fetches.count() > 0
        || endpoints.values().stream().anyMatch(endpoint -> endpoint.outstanding() > 0);
  }

  /** UCX may finish a message or a fetch later than it closes the endpoint. */
  private boolean isUsed() {
    return !endpoints.isEmpty() || slots.count() > 0 || fetches.count() > 0;
  }
}
