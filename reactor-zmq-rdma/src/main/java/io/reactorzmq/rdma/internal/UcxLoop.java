package io.reactorzmq.rdma.internal;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.reactorzmq.rdma.RdmaOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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
  private static final Map<EventLoop, UcxLoop> BY_EVENT_LOOP = new ConcurrentHashMap<>();

  /** How long other channels and tasks of the event loop wait for one that spins. */
  private static final long BURST_NANOS = 20_000;

  /** Rounds of progress before others get their turn. */
  private static final int TURN = 64;

  /** How often a sleeping loop looks after UCX all the same: some transports lose a wake-up. */
  private static final long TICK_MILLIS = 1000;

  /** What is owed to a peer that sends nothing for so long is told it. */
  private static final long ACK_DELAY_MILLIS = 10;

  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final EventLoop eventLoop;
  private final RdmaOptions options;
  private final int number;
  private final Arena arena = Arena.ofShared();
  private final SendSlots slots = new SendSlots();
  private final UcpContext context;
  private final long worker;
  private final FileDescriptor events;
  private final Spinning spinning;
  private final long sendParameters = arena.allocate(UcpStructs.REQUEST_PARAM_BYTES, 8).address();
  private final long fetchParameters = arena.allocate(UcpStructs.REQUEST_PARAM_BYTES, 8).address();
  private final long forceParameters = arena.allocate(UcpStructs.REQUEST_PARAM_BYTES, 8).address();

  private final LongObjectMap<UcxEndpoint> endpoints = new LongObjectHashMap<>();
  private final LongObjectMap<Receiver> receivers = new LongObjectHashMap<>();
  private final Fetches fetches = new Fetches();
  private final List<@Nullable RdmaServer> servers = new ArrayList<>();
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final ArrayDeque<RdmaConnection> dirty = new ArrayDeque<>();
  private final ArrayDeque<RdmaConnection> owing = new ArrayDeque<>();
  private final List<Closing> closing = new ArrayList<>();
  private int[] sentSlots = new int[64];
  private int sentCount;

  private final Runnable turnTask = this::turn;
  private final Runnable againTask;
  private @Nullable IoRegistration registration;
  private boolean scheduled;
  private boolean ticking;
  private boolean acking;
  private boolean ended;
  private long now = System.nanoTime();

  private record Closing(UcxEndpoint endpoint, long request) {}

  private UcxLoop(EventLoop eventLoop, RdmaOptions options) throws IOException {
    this.eventLoop = eventLoop;
    this.options = options;
    this.spinning = new Spinning(options.spin());
    this.againTask = () -> eventLoop.execute(turnTask);
    this.context = UcpContext.open(options);
    this.number = LoopNumbers.give(this);
    long out = arena.allocate(8, 8).address();
    long params = arena.allocate(UcpStructs.WORKER_PARAMS_BYTES, 8).address();
    Memory.putLong(params, UcpStructs.WORKER_PARAM_THREAD_MODE);
    Memory.putInt(params + UcpStructs.WORKER_PARAMS_THREAD_MODE, UcpStructs.THREAD_MODE_SINGLE);
    UcpStatus.check("UCX cannot make a worker", Ucp.workerCreate(context.handle(), params, out));
    this.worker = Memory.getLong(out);
    UcpStatus.check("UCX cannot sleep", Ucp.workerGetEfd(worker, out));
    this.events = new FileDescriptor(Memory.getInt(out));
    handleMessages(AmHeader.FRAME);
    handleMessages(AmHeader.CONTROL);
    Memory.putInt(
        sendParameters,
        UcpStructs.OP_CALLBACK
            | UcpStructs.OP_USER_DATA
            | UcpStructs.OP_DATATYPE
            | UcpStructs.OP_FLAGS
            | UcpStructs.OP_MEMORY_TYPE);
    Memory.putLong(sendParameters + UcpStructs.REQUEST_CALLBACK, Callbacks.SENT);
    Memory.putInt(
        fetchParameters,
        UcpStructs.OP_CALLBACK | UcpStructs.OP_USER_DATA | UcpStructs.OP_MEMORY_TYPE);
    Memory.putLong(fetchParameters + UcpStructs.REQUEST_CALLBACK, Callbacks.FETCHED);
    Memory.putInt(forceParameters, UcpStructs.OP_FLAGS);
    Memory.putInt(forceParameters + UcpStructs.REQUEST_FLAGS, UcpStructs.EP_CLOSE_FORCE);
  }

  private void handleMessages(int id) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long params = scratch.allocate(UcpStructs.AM_HANDLER_BYTES, 8).address();
      Memory.putLong(params, UcpStructs.AM_HANDLER_ALL);
      Memory.putInt(params + UcpStructs.AM_HANDLER_ID, id);
      Memory.putInt(params + UcpStructs.AM_HANDLER_FLAGS, UcpStructs.AM_FLAG_WHOLE_MSG);
      Memory.putLong(params + UcpStructs.AM_HANDLER_CALLBACK, Callbacks.MESSAGE);
      Memory.putLong(params + UcpStructs.AM_HANDLER_ARGUMENT, argument(id));
      UcpStatus.check("UCX takes no active messages", Ucp.workerSetAmHandler(worker, params));
    }
  }

  /**
   * UCX on an event loop, started at the first call; on that loop.
   *
   * @throws IOException if UCX cannot be started
   */
  static UcxLoop of(EventLoop eventLoop, RdmaOptions options) throws IOException {
    UcxLoop known = BY_EVENT_LOOP.get(eventLoop);
    if (known != null) {
      return known;
    }
    if (!(eventLoop instanceof IoEventLoop io) || !io.isIoType(EpollIoHandler.class)) {
      throw new IOException(
          "RDMA needs Netty's epoll event loops: Linux, with the jar netty-transport-native-epoll"
              + " of this processor");
    }
    UcxLoop loop = new UcxLoop(eventLoop, options);
    BY_EVENT_LOOP.put(eventLoop, loop);
    io.register(loop)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                IoRegistration registration = (IoRegistration) done.getNow();
                loop.registration = registration;
                registration.submit(EpollIoOps.EPOLLIN);
              } else {
                LOG.warn("UCX's file descriptor could not be watched", done.cause());
              }
            });
    loop.wake();
    return loop;
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

  private long argument(int low) {
    return (long) number << Callbacks.LOOP_SHIFT | low & 0xFFFF_FFFFL;
  }

  // ---- what connections ask of UCX

  /** Begins an endpoint to an address. */
  UcxEndpoint dial(InetSocketAddress address, UcxEndpoint.Owner owner) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long params = endpointParameters(scratch);
      Memory.putLong(
          params,
          Memory.getLong(params) | UcpStructs.EP_PARAM_FLAGS | UcpStructs.EP_PARAM_SOCKET_ADDRESS);
      Memory.putInt(params + UcpStructs.EP_FLAGS, UcpStructs.EP_FLAG_CLIENT_SERVER);
      Memory.putLong(params + UcpStructs.EP_ADDRESS, SocketAddresses.encode(address, scratch));
      Memory.putInt(params + UcpStructs.EP_ADDRESS_BYTES, SocketAddresses.length(address));
      return create(params, owner, scratch);
    }
  }

  /** Answers to who has dialled. */
  UcxEndpoint accept(long request, UcxEndpoint.Owner owner) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long params = endpointParameters(scratch);
      Memory.putLong(params, Memory.getLong(params) | UcpStructs.EP_PARAM_CONN_REQUEST);
      Memory.putLong(params + UcpStructs.EP_CONN_REQUEST, request);
      return create(params, owner, scratch);
    }
  }

  private long endpointParameters(Arena scratch) {
    long params = scratch.allocate(UcpStructs.EP_PARAMS_BYTES, 8).address();
    Memory.putLong(params, UcpStructs.EP_PARAM_ERROR_MODE_AND_HANDLER);
    Memory.putInt(params + UcpStructs.EP_ERROR_MODE, UcpStructs.ERROR_MODE_PEER);
    Memory.putLong(params + UcpStructs.EP_ERROR_HANDLER, Callbacks.FAILED);
    Memory.putLong(params + UcpStructs.EP_ERROR_ARGUMENT, argument(0));
    return params;
  }

  private UcxEndpoint create(long params, UcxEndpoint.Owner owner, Arena scratch)
      throws IOException {
    if (ended) {
      throw new IOException("the event loop has ended");
    }
    long out = scratch.allocate(8, 8).address();
    UcpStatus.check("UCX cannot make an endpoint", Ucp.epCreate(worker, params, out));
    UcxEndpoint endpoint = new UcxEndpoint(this, Memory.getLong(out), owner);
    endpoints.put(endpoint.handle(), endpoint);
    tick();
    wake();
    return endpoint;
  }

  /** Listens; returns UCX's handle. */
  long listen(InetSocketAddress address, int server) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long out = scratch.allocate(8, 8).address();
      long params = scratch.allocate(UcpStructs.LISTENER_PARAMS_BYTES, 8).address();
      Memory.putLong(params, UcpStructs.LISTENER_PARAM_ADDRESS_AND_HANDLER);
      Memory.putLong(
          params + UcpStructs.LISTENER_ADDRESS, SocketAddresses.encode(address, scratch));
      Memory.putInt(params + UcpStructs.LISTENER_ADDRESS_BYTES, SocketAddresses.length(address));
      Memory.putLong(params + UcpStructs.LISTENER_HANDLER, Callbacks.DIALLED_BY);
      Memory.putLong(params + UcpStructs.LISTENER_ARGUMENT, argument(server));
      UcpStatus.check("UCX cannot listen", Ucp.listenerCreate(worker, params, out));
      wake();
      return Memory.getLong(out);
    }
  }

  long worker() {
    return worker;
  }

  long sendParameters(int slot, boolean list, boolean reply) {
    Memory.putInt(sendParameters + UcpStructs.REQUEST_FLAGS, reply ? UcpStructs.AM_SEND_REPLY : 0);
    Memory.putLong(
        sendParameters + UcpStructs.REQUEST_DATATYPE,
        list ? UcpStructs.DATATYPE_IOV : UcpStructs.DATATYPE_BYTES);
    Memory.putLong(sendParameters + UcpStructs.REQUEST_USER_DATA, argument(slot));
    return sendParameters;
  }

  long forceParameters() {
    return forceParameters;
  }

  /**
   * Fetches announced data.
   *
   * @return whether it is there already; otherwise {@link Arriving#fetched(int)} says so
   */
  boolean fetch(Arriving frame, long announced, long to, long bytes) {
    int fetch = fetches.begin(frame);
    Memory.putLong(fetchParameters + UcpStructs.REQUEST_USER_DATA, argument(fetch));
    long request = Ucp.amReceive(worker, announced, to, bytes, fetchParameters);
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
    Ucp.amRelease(worker, announced);
    wake();
  }

  void receive(long key, Receiver receiver) {
    receivers.put(key, receiver);
  }

  void receiveNoMore(long key) {
    receivers.remove(key);
  }

  int add(RdmaServer server) {
    int free = servers.indexOf(null);
    if (free >= 0) {
      servers.set(free, server);
      return free;
    }
    servers.add(server);
    return servers.size() - 1;
  }

  /** Forgets a server; false if it is forgotten already. */
  boolean remove(int number, RdmaServer server) {
    return servers.get(number) == server && servers.set(number, null) == server;
  }

  // ---- what UCX says, while it is driven

  int message(int id, long header, long headerBytes, long data, long bytes, long parameters) {
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
    int op = Memory.getByte(header + AmHeader.OP);
    if (receiver != null) {
      receiver.control(op, header, headerBytes);
    } else if (key == 0 && (attributes & UcpStructs.AM_RECV_HAS_REPLY_EP) != 0) {
      UcxEndpoint from = endpoints.get(Memory.getLong(parameters + UcpStructs.AM_RECV_REPLY_EP));
      if (from != null && from.owner() instanceof Receiver opening) {
        opening.control(op, header, headerBytes);
      }
    }
    return UcpStructs.OK;
  }

  void sent(int slot, int status) {
    if (sentCount == sentSlots.length) {
      sentSlots = Arrays.copyOf(sentSlots, 2 * sentCount);
    }
    sentSlots[sentCount++] = slot;
  }

  void fetched(int fetch, int status) {
    fetches.end(fetch).fetched(status);
  }

  void dialledBy(int server, long request) {
    later(
        () -> {
          RdmaServer bound = server < servers.size() ? servers.get(server) : null;
          if (bound != null) {
            bound.dialledBy(request);
          }
        });
  }

  void failed(long endpoint, int status) {
    later(
        () -> {
          UcxEndpoint known = endpoints.get(endpoint);
          if (known != null) {
            known.failed(status);
          }
        });
  }

  // ---- what is done about it, when it has returned

  /** Runs a task when UCX has returned. */
  void later(Runnable task) {
    later.add(task);
    wake();
  }

  /** Something has come for a connection. */
  void dirty(RdmaConnection connection) {
    dirty.add(connection);
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

  void closing(UcxEndpoint endpoint, long request) {
    closing.add(new Closing(endpoint, request));
    wake();
  }

  void removed(UcxEndpoint endpoint) {
    endpoints.remove(endpoint.handle());
  }

  private void settle() {
    do {
      for (Runnable task = later.poll(); task != null; task = later.poll()) {
        task.run();
      }
      while (sentCount > 0) {
        int slot = sentSlots[--sentCount];
        UcxEndpoint endpoint = slots.endpoint(slot);
        if (endpoint != null) {
          endpoint.sent(slot);
        }
      }
      for (RdmaConnection c = dirty.poll(); c != null; c = dirty.poll()) {
        c.deliverDirty();
      }
      if (!closing.isEmpty()) {
        closing.removeIf(this::isClosed);
      }
    } while (!later.isEmpty() || sentCount > 0 || !dirty.isEmpty());
  }

  private boolean isClosed(Closing one) {
    if (Ucp.requestStatus(one.request) == UcpStructs.IN_PROGRESS) {
      return false;
    }
    Ucp.requestFree(one.request);
    one.endpoint.closed();
    return true;
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
      boolean moved = Ucp.workerProgress(worker) != 0;
      if (moved) {
        any = true;
      }
      settle();
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
      if (Ucp.workerProgress(worker) != 0) {
        now = System.nanoTime();
        spinning.news(now);
        settle();
      } else {
        Thread.onSpinWait();
        now = System.nanoTime();
        if (!closing.isEmpty()) {
          settle();
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
    int status = Ucp.workerArm(worker);
    if (status == UcpStructs.OK && !progress()) {
      spinning.sleeps();
    } else {
      again();
    }
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    if (!ended) {
      turn();
    }
  }

  private void tick() {
    if (!ticking && !endpoints.isEmpty()) {
      ticking = true;
      schedule(
          () -> {
            ticking = false;
            wake();
            tick();
          },
          TICK_MILLIS);
    }
  }

  void schedule(Runnable task, long millis) {
    if (!eventLoop.isShuttingDown()) {
      eventLoop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public FileDescriptor fd() {
    return events;
  }

  /** The event loop ends, and with it everything on it. */
  @Override
  public void close() {
    if (ended) {
      return;
    }
    now = System.nanoTime();
    List.copyOf(servers)
        .forEach(
            server -> {
              if (server != null) {
                server.dispose();
              }
            });
    long deadline = now + END_NANOS;
    scheduled = true; // nobody runs tasks any more
    List.copyOf(endpoints.values()).forEach(endpoint -> endpoint.failed(UcpStructs.ERR_CANCELED));
    List.copyOf(endpoints.values()).forEach(UcxEndpoint::close);
    while (!endpoints.isEmpty() && System.nanoTime() - deadline < 0) {
      Ucp.workerProgress(worker);
      settle();
    }
    settle();
    ended = true;
    if (endpoints.isEmpty()) {
      Ucp.workerDestroy(worker);
      context.close();
      slots.close();
      arena.close();
    } else {
      // UCX may still read what it was given, so nothing of it may be freed
      LOG.warn("UCX did not close {} endpoints; their memory is kept", endpoints.size());
    }
    BY_EVENT_LOOP.remove(eventLoop, this);
    LoopNumbers.free(number);
  }
}
