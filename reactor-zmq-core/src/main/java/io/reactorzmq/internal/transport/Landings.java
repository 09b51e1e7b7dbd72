package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.transport.Landing;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the payloads of some streams may be received into, by the streams' ids. Confined to the
 * event loop.
 */
public final class Landings {

  /** What must be known of a frame: its header and the first two bytes of its data. */
  public static final int HEAD = 6 + 2;

  private static final int FLAG_METADATA = 0x100;
  private static final int FLAG_FOLLOWS = 0x80;
  private static final int NO_STREAM = -1;

  private final Map<Integer, Landing> byStream = new HashMap<>();
  private int delivering = NO_STREAM;

  /** Whether nobody wants payloads anywhere in particular. */
  public boolean isEmpty() {
    return byStream.isEmpty();
  }

  /** A frame is about to be delivered. */
  public void delivering(ByteBuf frame) {
    delivering = frame.readableBytes() < HEAD ? NO_STREAM : FrameHeaderCodec.streamId(frame);
  }

  /** It was delivered. */
  public void delivered() {
    delivering = NO_STREAM;
  }

  /**
   * Takes a landing for the stream of the frame that is being delivered, if there is one.
   *
   * @return withdraws it
   */
  public Runnable add(Landing landing) {
    int stream = delivering;
    if (stream == NO_STREAM) {
      return () -> {};
    }
    byStream.put(stream, landing);
    return () -> byStream.remove(stream, landing);
  }

  /**
   * Where the rest of a frame is to be received.
   *
   * @param head begins with the frame, and has {@link #HEAD} bytes of it at least
   * @param length of the frame
   * @param scratch bytes that may be overwritten behind it
   * @return null for nowhere in particular
   */
  public @Nullable ByteBuf find(ByteBuf head, int length, int scratch) {
    int at = head.readerIndex();
    Landing landing = byStream.get(FrameHeaderCodec.streamId(head));
    if (landing == null || FrameHeaderCodec.nativeFrameType(head) != FrameType.PAYLOAD) {
      return null;
    }
    if ((FrameHeaderCodec.flags(head) & (FLAG_METADATA | FLAG_FOLLOWS)) != 0) {
      return null;
    }
    return landing.land(
        head.getUnsignedByte(at + 6), head.getUnsignedByte(at + 7), length - HEAD, scratch);
  }
}
