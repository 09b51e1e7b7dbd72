package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.RSocketErrorException;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.RequestNFrameCodec;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

// Past 300 lines because each type of frame has its own ways to be wrong.

/**
 * Refuses what a peer may not send before rsocket sees it, and closes that peer's connection with a
 * {@link ProtocolException}. It reads frame headers in place and allocates nothing per frame. And
 * it sends on the channel what rsocket would send at a higher price, or not at all.
 */
public final class InboundGuard extends ForwardingConnection {

  private static final int WITH_INT_MIN = Frames.HEADER + Integer.BYTES;

  private final boolean dialled;
  private final int allowedRequests;
  private final int maxOpenStreams;
  private final FilteredFrames received;
  private final OpenStreams openStreams = new OpenStreams();
  private volatile int lastOwnStream;
  private volatile int channel;

  // Confined to the event loop.
  private boolean handshakeDone;
  private boolean setupSeen;
  private boolean metadataPushSeen;
  private boolean refused;
  private int lastPeerStream;

  private InboundGuard(
      TransportConnection delegate,
      boolean dialled,
      Set<FrameType> allowedRequests,
      int maxOpenStreams) {
    super(delegate);
    this.dialled = dialled;
    this.maxOpenStreams = maxOpenStreams;
    int allowed = 0;
    for (FrameType type : allowedRequests) {
      if (!type.isRequestType()) {
        throw new IllegalArgumentException(type + " opens no stream");
      }
      allowed |= 1 << type.getEncodedType();
    }
    this.allowedRequests = allowed;
    this.received = new FilteredFrames(delegate.receive(), this::passes);
  }

  /**
   * Guards a connection; use the returned one in its place.
   *
   * @param connection the connection to guard
   * @param dialled true on the side that dialled, false on the side that accepted
   * @param allowedRequests the request types that the peer may open streams with
   * @param maxOpenStreams how many streams the peer may have open at once
   * @return the guarded connection
   */
  public static InboundGuard guard(
      TransportConnection connection,
      boolean dialled,
      Set<FrameType> allowedRequests,
      int maxOpenStreams) {
    return new InboundGuard(connection, dialled, allowedRequests, maxOpenStreams);
  }

  /**
   * From now on the peer may open streams and send frames up to the given length. Call on the event
   * loop, from within the frame that completes the handshake.
   *
   * @param maxInboundFrameLength the new limit
   */
  public void handshakeDone(int maxInboundFrameLength) {
    handshakeDone = true;
    delegate.maxInboundFrameLength(maxInboundFrameLength);
  }

  /**
   * Grants credit on the channel that was opened last, by either side. rsocket sends no REQUEST_N
   * any more once the sum of all demand reaches 2<sup>31</sup> − 1.
   *
   * @param n at least 1
   * @throws IllegalStateException if no channel was opened yet
   */
  public void sendRequestN(int n) {
    int streamId = channel;
    requireOpened(streamId);
    delegate.sendFrame(streamId, RequestNFrameCodec.encode(alloc(), streamId, n));
  }

  private static void requireOpened(int streamId) {
    if (streamId == 0) {
      throw new IllegalStateException("no channel was opened on this connection yet");
    }
  }

  /**
   * Sends a payload as NEXT on the channel that was opened last. rsocket would put the same bytes
   * on the wire, from a composite of the payload and a buffer for the header.
   *
   * @param payload passes to this method; the six bytes in front of its reader index are nobody's
   * @throws IllegalStateException if no channel was opened yet
   * @throws IndexOutOfBoundsException if there is no room for a header
   */
  public void sendNext(ByteBuf payload) {
    int streamId = channel;
    try {
      requireOpened(streamId);
      Frames.next(streamId, payload);
    } catch (RuntimeException e) {
      payload.release();
      throw e;
    }
    delegate.sendFrame(streamId, payload);
  }

  @Override
  public Flux<ByteBuf> receive() {
    return received;
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    if (streamId != 0) {
      int typeAndFlags = Frames.typeAndFlags(frame);
      int type = Frames.type(typeAndFlags);
      if (Frames.isRequest(type)) {
        lastOwnStream = streamId;
        if (type == Frames.REQUEST_CHANNEL) {
          channel = streamId;
        }
      } else if (type == Frames.ERROR) {
        openStreams.ended(streamId);
      } else if (type == Frames.CANCEL) {
        openStreams.peerCompleted(streamId);
      } else if (type == Frames.PAYLOAD && (typeAndFlags & Frames.FLAG_COMPLETE) != 0) {
        openStreams.weCompleted(streamId);
      }
    }
    delegate.sendFrame(streamId, frame);
  }

  @Override
  public void sendErrorAndClose(RSocketErrorException error) {
    // rsocket reads on after it has refused a SETUP, with a subscriber that takes no errors
    received.endQuietly();
    super.sendErrorAndClose(error);
  }

  private boolean passes(ByteBuf frame) {
    if (refused) {
      return false;
    }
    String reason = check(frame);
    if (reason == null) {
      return true;
    }
    refused = true;
    delegate.closeWithError(
        new ProtocolException("peer " + delegate.remoteAddress() + " sent " + reason));
    return false;
  }

  private @Nullable String check(ByteBuf frame) {
    int length = frame.readableBytes();
    if (length < Frames.HEADER) {
      return "a frame of " + length + " bytes, shorter than a header";
    }
    int streamId = Frames.streamId(frame);
    int typeAndFlags = Frames.typeAndFlags(frame);
    int type = Frames.type(typeAndFlags);
    if (streamId == 0) {
      return checkConnectionFrame(type, length);
    }
    if (streamId < 0) {
      return "the stream id " + Integer.toUnsignedString(streamId) + ", which is out of range";
    }
    if (!handshakeDone) {
      return "a frame of type " + name(type) + " on a stream before the handshake was done";
    }
    String reason = checkLayout(frame, streamId, typeAndFlags, length);
    if (reason != null) {
      return reason;
    }
    return Frames.isRequest(type)
        ? checkRequest(streamId, type, typeAndFlags)
        : checkStreamFrame(streamId, type, typeAndFlags);
  }

  private @Nullable String checkConnectionFrame(int type, int length) {
    boolean first = !setupSeen && !dialled;
    setupSeen = true;
    if (first != (type == Frames.SETUP)) {
      return first
          ? "a frame of type " + name(type) + " before SETUP"
          : "SETUP where none is expected";
    }
    return switch (type) {
      case Frames.SETUP -> null;
      case Frames.KEEPALIVE -> length < Frames.KEEPALIVE_MIN ? tooShort(type, 0, length) : null;
      case Frames.ERROR -> length < WITH_INT_MIN ? tooShort(type, 0, length) : null;
      case Frames.METADATA_PUSH -> {
        boolean again = metadataPushSeen;
        metadataPushSeen = true;
        yield again ? "METADATA_PUSH more than once" : null;
      }
      default -> "a frame of type " + name(type) + " on stream 0";
    };
  }

  /** What rsocket would trip over while it takes the frame apart. */
  private static @Nullable String checkLayout(
      ByteBuf frame, int streamId, int typeAndFlags, int length) {
    int type = Frames.type(typeAndFlags);
    int body = Frames.HEADER;
    if (type == Frames.REQUEST_CHANNEL
        || type == Frames.REQUEST_STREAM
        || type == Frames.REQUEST_N
        || type == Frames.ERROR) {
      body = WITH_INT_MIN;
      if (length < body) {
        return tooShort(type, streamId, length);
      }
      if (type != Frames.ERROR && frame.getInt(frame.readerIndex() + Frames.HEADER) <= 0) {
        return "a demand below 1 on stream " + streamId;
      }
    }
    if ((Frames.isRequest(type) || type == Frames.PAYLOAD)
        && (typeAndFlags & Frames.FLAG_METADATA) != 0) {
      body += 3;
      if (length < body
          || length - body < frame.getUnsignedMedium(frame.readerIndex() + body - 3)) {
        return "metadata longer than its frame on stream " + streamId;
      }
    }
    return null;
  }

  private @Nullable String checkRequest(int streamId, int type, int typeAndFlags) {
    if ((allowedRequests & 1 << type) == 0) {
      return "a request of type " + name(type) + ", which is not served here";
    }
    if ((streamId & 1) == (dialled ? 1 : 0)) {
      return "a request with the stream id " + streamId + ", which is this side's to give";
    }
    if (streamId <= lastPeerStream) {
      return "a request with the stream id " + streamId + " after " + lastPeerStream;
    }
    if ((typeAndFlags & Frames.FLAG_FOLLOWS) != 0) {
      return "a fragmented request on stream " + streamId;
    }
    if (openStreams.count() >= maxOpenStreams) {
      return "one more request than the " + maxOpenStreams + " streams it may have open";
    }
    lastPeerStream = streamId;
    openStreams.opened(streamId, type, (typeAndFlags & Frames.FLAG_COMPLETE) != 0);
    if (type == Frames.REQUEST_CHANNEL) {
      channel = streamId;
    }
    return null;
  }

  private @Nullable String checkStreamFrame(int streamId, int type, int typeAndFlags) {
    boolean peers = (streamId & 1) == (dialled ? 0 : 1);
    if (streamId > (peers ? lastPeerStream : lastOwnStream)) {
      return "a frame of type " + name(type) + " for stream " + streamId + ", which was not opened";
    }
    switch (type) {
      case Frames.PAYLOAD -> {
        if ((typeAndFlags & Frames.FLAG_FOLLOWS) != 0) {
          return "a fragmented payload on stream " + streamId;
        }
        if ((typeAndFlags & (Frames.FLAG_NEXT | Frames.FLAG_COMPLETE)) == 0) {
          return "a payload that is neither NEXT nor COMPLETE on stream " + streamId;
        }
        if ((typeAndFlags & Frames.FLAG_COMPLETE) != 0) {
          openStreams.peerCompleted(streamId);
        }
        return null;
      }
      case Frames.CANCEL, Frames.ERROR -> {
        openStreams.ended(streamId);
        return null;
      }
      case Frames.REQUEST_N -> {
        return null;
      }
      default -> {
        return "a frame of type " + name(type) + " on stream " + streamId;
      }
    }
  }

  private static String tooShort(int type, int streamId, int length) {
    return name(type) + " of " + length + " bytes on stream " + streamId + ", which is too short";
  }

  private static String name(int type) {
    for (FrameType known : FrameType.values()) {
      if (known.getEncodedType() == type) {
        return known.name();
      }
    }
    return "0x" + Integer.toHexString(type);
  }
}
