package io.reactorzmq.rdma.internal;

import io.netty.channel.unix.FileDescriptor;
import io.reactorzmq.rdma.RdmaOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A worker of UCX with its context and its listeners. When its event loop ends it waits for the
 * next one that has the same options: UCX 1.13 reads a listener's memory after it was destroyed, if
 * a connection that it had accepted says its first word then, so none is ever destroyed.
 */
final class UcpWorker {

  private static final Map<List<Object>, Queue<UcpWorker>> IDLE = new ConcurrentHashMap<>();

  private final List<Object> kind;
  private final int number;
  private final UcpContext context;
  private final long handle;
  private final FileDescriptor events;
  private final Arena arena = Arena.ofShared();
  private final long sendParameters = parameters();
  private final long fetchParameters = parameters();
  private final long forceParameters = parameters();
  private final Map<InetAddress, Integer> ports = new HashMap<>();
  private final List<Long> left = new ArrayList<>();

  private UcpWorker(List<Object> kind, RdmaOptions options, UcxLoop loop) throws IOException {
    this.kind = kind;
    this.context = UcpContext.open(options);
    this.number = LoopNumbers.give(loop);
    long out = arena.allocate(8, 8).address();
    long params = arena.allocate(UcpStructs.WORKER_PARAMS_BYTES, 8).address();
    Memory.putLong(params, UcpStructs.WORKER_PARAM_THREAD_MODE);
    Memory.putInt(params + UcpStructs.WORKER_PARAMS_THREAD_MODE, UcpStructs.THREAD_MODE_SERIALIZED);
    UcpStatus.check("UCX cannot make a worker", Ucp.workerCreate(context.handle(), params, out));
    this.handle = Memory.getLong(out);
    UcpStatus.check("UCX cannot sleep", Ucp.workerGetEfd(handle, out));
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

  /**
   * A worker for a loop, which calls {@link #giveBack()} in the end.
   *
   * @throws IOException if UCX cannot be started
   */
  static UcpWorker take(RdmaOptions options, UcxLoop loop) throws IOException {
    List<Object> kind =
        List.of(
            options.transports(), options.devices(), String.valueOf(options.rendezvousThreshold()));
    UcpWorker idle = IDLE.computeIfAbsent(kind, k -> new ConcurrentLinkedQueue<>()).poll();
    if (idle == null) {
      return new UcpWorker(kind, options, loop);
    }
    LoopNumbers.change(idle.number, loop);
    return idle;
  }

  /** No endpoint is left, and nobody drives it any more. */
  void giveBack() {
    IDLE.computeIfAbsent(kind, k -> new ConcurrentLinkedQueue<>()).add(this);
  }

  /** Somebody has dialled whom this loop does not accept any more: that is left to the next one. */
  void leave(long request) {
    left.add(request);
  }

  /** Who has dialled and was not accepted; asked for once. */
  List<Long> left() {
    List<Long> all = List.copyOf(left);
    left.clear();
    return all;
  }

  private long parameters() {
    return arena.allocate(UcpStructs.REQUEST_PARAM_BYTES, 8).address();
  }

  private void handleMessages(int id) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long params = scratch.allocate(UcpStructs.AM_HANDLER_BYTES, 8).address();
      Memory.putLong(params, UcpStructs.AM_HANDLER_ALL);
      Memory.putInt(params + UcpStructs.AM_HANDLER_ID, id);
      Memory.putInt(params + UcpStructs.AM_HANDLER_FLAGS, UcpStructs.AM_FLAG_WHOLE_MSG);
      Memory.putLong(params + UcpStructs.AM_HANDLER_CALLBACK, Callbacks.MESSAGE);
      Memory.putLong(params + UcpStructs.AM_HANDLER_ARGUMENT, argument(id));
      UcpStatus.check("UCX takes no active messages", Ucp.workerSetAmHandler(handle, params));
    }
  }

  /** An argument for callbacks: the worker's number above, another one below. */
  private long argument(int low) {
    return (long) number << Callbacks.LOOP_SHIFT | low & 0xFFFF_FFFFL;
  }

  long handle() {
    return handle;
  }

  /** Readable when there are news, once the worker is armed. */
  FileDescriptor events() {
    return events;
  }

  /** Asks UCX to make {@link #events()} readable when there are news; fails if there are some. */
  int arm() {
    return Ucp.workerArm(handle);
  }

  int progress() {
    return Ucp.workerProgress(handle);
  }

  // ---- endpoints

  /** Begins an endpoint to an address; returns UCX's handle. */
  long dial(InetSocketAddress address) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long params = endpointParameters(scratch);
      Memory.putLong(
          params,
          Memory.getLong(params) | UcpStructs.EP_PARAM_FLAGS | UcpStructs.EP_PARAM_SOCKET_ADDRESS);
      Memory.putInt(params + UcpStructs.EP_FLAGS, UcpStructs.EP_FLAG_CLIENT_SERVER);
      Memory.putLong(params + UcpStructs.EP_ADDRESS, SocketAddresses.encode(address, scratch));
      Memory.putInt(params + UcpStructs.EP_ADDRESS_BYTES, SocketAddresses.length(address));
      return create(params, scratch);
    }
  }

  /** Makes an endpoint to who has dialled; returns UCX's handle. */
  long accept(long request) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long params = endpointParameters(scratch);
      Memory.putLong(params, Memory.getLong(params) | UcpStructs.EP_PARAM_CONN_REQUEST);
      Memory.putLong(params + UcpStructs.EP_CONN_REQUEST, request);
      return create(params, scratch);
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

  private long create(long params, Arena scratch) throws IOException {
    long out = scratch.allocate(8, 8).address();
    int status = Ucp.epCreate(handle, params, out);
    catchUp();
    UcpStatus.check("UCX cannot make an endpoint", status);
    return Memory.getLong(out);
  }

  /** The port by which this worker is dialled at an address; it listens there from now on. */
  int port(InetAddress address) throws IOException {
    Integer known = ports.get(address);
    if (known != null) {
      return known;
    }
    try (Arena scratch = Arena.ofConfined()) {
      InetSocketAddress any = new InetSocketAddress(address, 0);
      long out = scratch.allocate(8, 8).address();
      long params = scratch.allocate(UcpStructs.LISTENER_PARAMS_BYTES, 8).address();
      Memory.putLong(params, UcpStructs.LISTENER_PARAM_ADDRESS_AND_HANDLER);
      Memory.putLong(params + UcpStructs.LISTENER_ADDRESS, SocketAddresses.encode(any, scratch));
      Memory.putInt(params + UcpStructs.LISTENER_ADDRESS_BYTES, SocketAddresses.length(any));
      Memory.putLong(params + UcpStructs.LISTENER_HANDLER, Callbacks.DIALLED_BY);
      Memory.putLong(params + UcpStructs.LISTENER_ARGUMENT, argument(0));
      UcpStatus.check("UCX cannot listen", Ucp.listenerCreate(handle, params, out));
      long listener = Memory.getLong(out);
      long attributes = scratch.allocate(UcpStructs.LISTENER_ATTR_BYTES, 8).address();
      Memory.putLong(attributes, UcpStructs.ATTR_SOCKET_ADDRESS);
      UcpStatus.check("UCX does not tell its port", Ucp.listenerQuery(listener, attributes));
      int port = SocketAddresses.decode(attributes + UcpStructs.ATTR_ADDRESS).getPort();
      catchUp();
      ports.put(address, port);
      return port;
    }
  }

  // ---- requests; UCX has read their parameters when the call returns

  /** Hands a message to UCX, which calls back with the slot's number unless it is through. */
  long send(
      long endpoint,
      int slot,
      int id,
      long header,
      int headerBytes,
      long data,
      long count,
      boolean list,
      boolean reply) {
    Memory.putInt(sendParameters + UcpStructs.REQUEST_FLAGS, reply ? UcpStructs.AM_SEND_REPLY : 0);
    Memory.putLong(
        sendParameters + UcpStructs.REQUEST_DATATYPE,
        list ? UcpStructs.DATATYPE_IOV : UcpStructs.DATATYPE_BYTES);
    Memory.putLong(sendParameters + UcpStructs.REQUEST_USER_DATA, argument(slot));
    return Ucp.amSend(endpoint, id, header, headerBytes, data, count, sendParameters);
  }

  /** Fetches announced data; UCX calls back with the number unless it is there at once. */
  long fetch(int number, long announced, long to, long bytes) {
    Memory.putLong(fetchParameters + UcpStructs.REQUEST_USER_DATA, argument(number));
    return Ucp.amReceive(handle, announced, to, bytes, fetchParameters);
  }

  /** Closes an endpoint at once, whatever is under way. */
  long close(long endpoint) {
    long request = Ucp.epClose(endpoint, forceParameters);
    catchUp();
    return request;
  }

  /**
   * Lets UCX look at once after what its own thread could not tell this worker while it was busy
   * with a call. It is noted by the number of a socket: if that is closed and another worker's
   * socket has the number before UCX looks, UCX 1.13 ends the process.
   */
  private void catchUp() {
    progress();
  }
}
