package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.reactorzmq.transport.Endpoint;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A peer that has found the door and dials UCX, and from then on says what a test wants, in any
 * order and with any content. It notes what it is sent, and fetches nothing.
 */
final class RawUcx implements Receiver, UcxEndpoint.Owner {

  /** A message it was sent. */
  record Said(int op, int consumed, long key, int window) {}

  /** A frame it was sent. */
  record Frame(int sequence, long length, boolean announced) {}

  final Queue<Said> said = new ConcurrentLinkedQueue<>();
  final Queue<Frame> frames = new ConcurrentLinkedQueue<>();
  final long key = Keys.next();

  private final UcxLoop loop;
  private volatile UcxEndpoint endpoint;
  private volatile boolean gone;
  private volatile boolean closed;
  private volatile long peerKey;

  private RawUcx(UcxLoop loop) {
    this.loop = loop;
  }

  /** What is said at a door. */
  static Greeting greeting(Endpoint door) {
    try (Socket visitor = new Socket(door.host(), door.port())) {
      return greeting(visitor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Greeting greeting(Socket visitor) throws IOException {
    DataInputStream in = new DataInputStream(visitor.getInputStream());
    byte[] greeting = new byte[in.readUnsignedByte() << 16 | in.readUnsignedShort()];
    in.readFully(greeting);
    return Greeting.decode(Unpooled.wrappedBuffer(greeting));
  }

  /** What is said at a door to a visitor that stays there until the ground is closed. */
  static Greeting greetingThatStays(Endpoint door, Ground ground) {
    try {
      Socket visitor = new Socket(door.host(), door.port());
      ground.closeLater(visitor);
      return greeting(visitor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Dials UCX's port, and says nothing. */
  static RawUcx dial(UcxLoop loop, int port) {
    RawUcx raw = new RawUcx(loop);
    Ground.on(
        loop.eventLoop(),
        () -> {
          raw.endpoint = loop.dial(new InetSocketAddress("127.0.0.1", port), raw);
          loop.receive(raw.key, raw);
          return raw;
        });
    return raw;
  }

  /** Comes in as it should be, with a window of its own. */
  static RawUcx enter(UcxLoop loop, Endpoint door, int window) {
    try (Socket visitor = new Socket(door.host(), door.port())) {
      Greeting greeting = greeting(visitor);
      RawUcx raw = dial(loop, greeting.port());
      raw.open(greeting.key(), window);
      raw.peerKey = raw.await(AmHeader.ACCEPT).key();
      return raw;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void open(long doorKey, int window) {
    run(() -> endpoint.opening(AmHeader.OPEN, doorKey, key, window));
  }

  long peerKey() {
    return peerKey;
  }

  void peerKey(long key) {
    peerKey = key;
  }

  /** Runs on the loop of this peer, within which nothing of UCX is under way. */
  void run(Runnable task) {
    Ground.run(eventLoop(), task);
  }

  private EventLoop eventLoop() {
    return loop.eventLoop();
  }

  void control(int op, int consumed) {
    run(() -> endpoint.control(peerKey, consumed, op));
  }

  /** Sends a frame of zeros in the header. */
  void frame(int sequence, int consumed, int length) {
    frame(sequence, consumed, length, 0, 0);
  }

  /**
   * Sends a frame of zeros.
   *
   * @param headBytes how much of it stands in the header, at most {@link AmHeader#MAX_HEAD}
   * @param data where the rest lies
   * @param bytes how much of that there is
   */
  void frame(int sequence, int consumed, int headBytes, long data, long bytes) {
    run(
        () -> {
          int slot = loop.slots().take(endpoint);
          long header = loop.slots().header(slot);
          Memory.clear(header, AmHeader.MAX_BYTES);
          Memory.putLong(header + AmHeader.KEY, peerKey);
          Memory.putInt(header + AmHeader.CONSUMED, consumed);
          Memory.putInt(header + AmHeader.SEQUENCE, sequence);
          endpoint.post(slot, AmHeader.FRAME, AmHeader.HEAD + headBytes, data, bytes, false, false);
        });
  }

  /** Sends any header with any id, to the peer's key. */
  void anything(int id, int headerBytes, int op) {
    run(
        () -> {
          int slot = loop.slots().take(endpoint);
          long header = loop.slots().header(slot);
          Memory.clear(header, AmHeader.MAX_BYTES);
          Memory.putLong(header + AmHeader.KEY, peerKey);
          Memory.putByte(header + AmHeader.OP, op);
          endpoint.post(slot, id, headerBytes, 0, 0, false, false);
        });
  }

  /** Waits for a message. */
  Said await(int op) {
    Ground.patiently().until(() -> said.stream().anyMatch(s -> s.op == op));
    return said.stream().filter(s -> s.op == op).findFirst().orElseThrow();
  }

  boolean heard(int op) {
    return said.stream().anyMatch(s -> s.op == op);
  }

  int outstanding() {
    return Ground.on(eventLoop(), () -> endpoint.outstanding());
  }

  /** Waits until the other side has closed. */
  void awaitGone() {
    Ground.patiently().until(() -> gone);
  }

  boolean isGone() {
    return gone;
  }

  void close() {
    run(() -> endpoint.close());
    Ground.patiently().untilAsserted(() -> assertThat(closed).isTrue());
  }

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    frames.add(
        new Frame(
            Memory.getInt(header + AmHeader.SEQUENCE),
            headerBytes - AmHeader.HEAD + bytes,
            announced));
    return announced; // stays where it is
  }

  @Override
  public void control(int op, long header, long headerBytes, long from) {
    boolean opening = headerBytes >= AmHeader.OPENING_BYTES;
    said.add(
        new Said(
            op,
            Memory.getInt(header + AmHeader.CONSUMED),
            opening ? Memory.getLong(header + AmHeader.SENDER_KEY) : 0,
            opening ? Memory.getInt(header + AmHeader.WINDOW) : 0));
  }

  @Override
  public void failed(int status) {
    gone = true;
  }

  @Override
  public void sent() {}

  @Override
  public void closed() {
    closed = true;
    loop.receiveNoMore(key);
  }
}
