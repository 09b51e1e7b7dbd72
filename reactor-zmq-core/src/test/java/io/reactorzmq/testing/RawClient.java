package io.reactorzmq.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.SocketId;
import io.reactorzmq.transport.Endpoint;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.MetadataPushFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import io.rsocket.frame.RequestChannelFrameCodec;
import io.rsocket.frame.RequestNFrameCodec;
import io.rsocket.frame.SetupFrameCodec;
import io.rsocket.util.DefaultPayload;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;

// Past 300 lines because it says and hears each frame that the other side may.

/**
 * A client that speaks as much of the protocol as a test tells it to, byte by byte over a blocking
 * TCP socket, and may break any rule on the way.
 */
public final class RawClient implements AutoCloseable {

  /** What arrived. */
  public record Frame(int streamId, FrameType type, byte[] bytes) {}

  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);
  private static final int FRAME_HEADER_BYTES = 6;
  private static final int FOREVER = Integer.MAX_VALUE;
  private static final Limits LIMITS = new Limits(250, 256 * 1024, 0, 100);

  /** OPEN and four control payloads. */
  private static final int INITIAL_DEMAND = 5;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private int channel;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Opens the TCP connection and says nothing. */
  public static RawClient connect(String endpoint) {
    Endpoint parsed = Endpoint.parse(endpoint);
    try {
      return over(new Socket("127.0.0.1", parsed.port()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Speaks over a TCP connection that is open, whoever dialled. */
  public static RawClient over(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(15_000);
    return new RawClient(socket);
  }

  /** A PUSH that is live at a PULL, with its channel open. */
  public static RawClient push(String endpoint) {
    return unopenedPush(endpoint).open().requestN(INITIAL_DEMAND);
  }

  /** A PUSH that is live at a PULL and has not answered to the request for its channel. */
  public static RawClient unopenedPush(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.PUSH));
    client.next(FrameType.REQUEST_CHANNEL);
    client.channel = 2;
    return client;
  }

  /** A PULL that is live at a PUSH, with its channel open and no credit given. */
  public static RawClient pull(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.PULL));
    client.next(FrameType.METADATA_PUSH);
    return client.requestChannel(1);
  }

  /** A SUB that is live at a PUB, with its channel open and no credit given. */
  public static RawClient sub(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.SUB));
    client.next(FrameType.METADATA_PUSH);
    return client.requestChannel(1);
  }

  /** A PUB that is live at a SUB, with its channel open. */
  public static RawClient pub(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.PUB));
    client.next(FrameType.REQUEST_CHANNEL);
    client.channel = 2;
    return client.open().requestN(INITIAL_DEMAND - 1);
  }

  /** A PAIR that is live at another, with its channel open and no credit given. */
  public static RawClient pair(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.PAIR));
    client.next(FrameType.METADATA_PUSH);
    return client.requestChannel(1);
  }

  /** A REQ that is live at a REP, with its channel open and no credit given. */
  public static RawClient req(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.REQ));
    client.next(FrameType.METADATA_PUSH);
    return client.requestChannel(1);
  }

  /** A REP that is live at a REQ, with its channel open and credit for a few frames. */
  public static RawClient rep(String endpoint) {
    RawClient client = connect(endpoint).setup(hello(Role.REP));
    client.next(FrameType.REQUEST_CHANNEL);
    client.channel = 2;
    return client.open().requestN(INITIAL_DEMAND - 1).grant(8);
  }

  /** A PUSH that a PULL has dialled, with its channel open. */
  public static RawClient pushOver(Socket accepted) throws IOException {
    RawClient client = over(accepted);
    client.next(FrameType.SETUP);
    client.metadataPush(hello(Role.PUSH));
    client.next(FrameType.REQUEST_CHANNEL);
    client.channel = 1;
    return client.open().requestN(INITIAL_DEMAND);
  }

  /** What a socket of a type says of itself, with a random id. */
  public static ByteBuf hello(Role role) {
    return hello(role, SocketId.random(), 0);
  }

  public static ByteBuf hello(Role role, SocketId id, int connectionIndex) {
    return new Hello(Hello.MAJOR, Hello.MINOR, role, new byte[0], id, connectionIndex, 0)
        .encode(HEAP);
  }

  // ---- what it says

  public RawClient bytes(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (SocketException e) {
      // the other side has hung up already, which awaitClosed() tells
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** A frame behind its length, in one write. */
  public RawClient frame(ByteBuf frame) {
    return bytes(framed(frame));
  }

  public static byte[] framed(ByteBuf frame) {
    ByteBuf out = Unpooled.buffer();
    out.writeMedium(frame.readableBytes()).writeBytes(frame);
    frame.release();
    return ByteBufUtil.getBytes(out);
  }

  public RawClient setup(ByteBuf hello) {
    return setup(Hello.MIME, hello);
  }

  public RawClient setup(String mimeType, ByteBuf data) {
    return frame(setupFrame(mimeType, data));
  }

  public static ByteBuf setupFrame(String mimeType, ByteBuf data) {
    return SetupFrameCodec.encode(
        HEAP, false, FOREVER, FOREVER, mimeType, mimeType, DefaultPayload.create(data));
  }

  /** The listener's answer to a SETUP. */
  public RawClient metadataPush(ByteBuf hello) {
    return frame(MetadataPushFrameCodec.encode(HEAP, hello));
  }

  public RawClient requestChannel(int streamId) {
    return frame(requestChannelFrame(streamId));
  }

  private ByteBuf requestChannelFrame(int streamId) {
    channel = streamId;
    return RequestChannelFrameCodec.encode(
        HEAP, streamId, false, false, INITIAL_DEMAND, null, Control.open(HEAP, LIMITS));
  }

  /** Sends the first payload of a channel. */
  public RawClient open() {
    return payload(Control.open(HEAP, LIMITS));
  }

  /** A payload on the channel; takes it. */
  public RawClient payload(ByteBuf data) {
    return frame(PayloadFrameCodec.encode(HEAP, channel, false, false, true, null, data));
  }

  /** A payload on a stream that becomes the channel. */
  public RawClient payloadOn(int streamId, ByteBuf data) {
    channel = streamId;
    return payload(data);
  }

  public RawClient payload(byte[] data) {
    return payload(Unpooled.wrappedBuffer(data));
  }

  public RawClient requestN(int n) {
    return frame(RequestNFrameCodec.encode(HEAP, channel, n));
  }

  /** Lets the other side send frames of data. */
  public RawClient grant(int frames) {
    return payload(Control.window(HEAP, frames)).requestN(frames);
  }

  /** The stream that the channel is on. */
  public int channel() {
    return channel;
  }

  /** Hangs up, but reads on. */
  public RawClient shutdownOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  // ---- what it hears

  /** The next frame, or null if the other side has hung up. */
  public Frame next() {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      ByteBuf frame = Unpooled.wrappedBuffer(bytes);
      return new Frame(
          FrameHeaderCodec.streamId(frame), FrameHeaderCodec.nativeFrameType(frame), bytes);
    } catch (EOFException | SocketException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next payload on the channel that is of a kind; others are passed over. */
  public ByteBuf nextPayload(Kind kind) {
    for (; ; ) {
      Frame frame = next(FrameType.PAYLOAD);
      ByteBuf payload = Unpooled.wrappedBuffer(frame.bytes).skipBytes(FRAME_HEADER_BYTES);
      if (payload.getByte(payload.readerIndex()) == kind.code()) {
        return payload;
      }
    }
  }

  /** The next frame of a type; others are passed over. */
  public Frame next(FrameType type) {
    for (Frame frame; (frame = next()) != null; ) {
      if (frame.type == type) {
        return frame;
      }
    }
    throw new AssertionError("the other side hung up before it sent " + type);
  }

  /** Reads on until the other side hangs up, in whatever way; 15 seconds at most. */
  public void awaitClosed() {
    Frame frame;
    do {
      frame = next();
    } while (frame != null);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // it is gone either way
    }
  }
}
