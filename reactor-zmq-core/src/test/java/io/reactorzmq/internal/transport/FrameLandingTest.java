package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Payloads that are received where they are wanted, however the stream of bytes is cut. */
class FrameLandingTest {

  private static final int STREAM = 7;
  private static final int OTHER = 9;
  private static final int BODY = 100_000;

  private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true, true);
  private final Landings landings = new Landings();
  private final FrameReader reader = new FrameReader(alloc, 0xFF_FFFF, landings);
  private final ByteBuf memory = alloc.directBuffer(5 * BODY);
  private final List<String> asked = new ArrayList<>();
  private int filled;
  private int landed;
  private int landedBytes;

  @AfterEach
  void release() {
    reader.release();
    assertThat(memory.refCnt()).isOne();
    memory.release();
    assertThat(alloc.metric().usedDirectMemory()).isZero();
  }

  /** What would land is refused unless all of it fits; the same as an assembly of the wire does. */
  private ByteBuf land(int first, int second, int rest, int scratch) {
    asked.add(first + " " + second + " " + rest);
    int left = memory.capacity() - filled;
    if (rest > left) {
      return null;
    }
    landed++;
    return memory.retainedSlice(filled, Math.min(left, rest + scratch)).clear();
  }

  private Runnable offer() {
    ByteBuf current = frame(STREAM, FrameType.PAYLOAD, 0, 10);
    landings.delivering(current);
    Runnable withdraws = landings.add(this::land);
    landings.delivered();
    current.release();
    return withdraws;
  }

  private ByteBuf frame(int stream, FrameType type, int flags, int body) {
    ByteBuf head = FrameHeaderCodec.encode(alloc, stream, type, flags);
    ByteBuf frame = Unpooled.buffer().writeBytes(head).writeByte(2).writeByte(3);
    head.release();
    for (int i = 0; i < body; i += 4) {
      frame.writeInt(body + i * 0x9E3779B1);
    }
    return frame.writerIndex(8 + body);
  }

  private static ByteBuf prefixed(ByteBuf... frames) {
    ByteBuf bytes = Unpooled.buffer();
    for (ByteBuf each : frames) {
      bytes.writeMedium(each.readableBytes()).writeBytes(each.duplicate());
    }
    return bytes;
  }

  private static boolean belongsHere(ByteBuf frame) {
    return FrameHeaderCodec.streamId(frame) == STREAM
        && FrameHeaderCodec.nativeFrameType(frame) == FrameType.PAYLOAD
        && FrameHeaderCodec.flags(frame) == 0x20;
  }

  /** Reads a stream of bytes as a channel would, no more than so many at a time. */
  private List<ByteBuf> read(ByteBuf bytes, int most) {
    List<ByteBuf> frames = new ArrayList<>();
    while (bytes.isReadable()) {
      ByteBuf target = reader.target();
      int ahead = reader.readAhead();
      ByteBuf into =
          target != null ? target.retain() : alloc.directBuffer(ahead > 0 ? ahead : 8192);
      int writable = target != null ? into.writableBytes() : into.capacity();
      into.writeBytes(bytes, Math.min(Math.min(writable, most), bytes.readableBytes()));
      reader.received(into);
      for (ByteBuf frame; (frame = reader.next()) != null; ) {
        frames.add(Unpooled.copiedBuffer(frame));
        int body = frame.readableBytes() - 8;
        if (landed > 0) {
          landed = 0;
          landedBytes += body;
          filled += body;
        } else if (belongsHere(frame) && filled + body <= memory.capacity()) {
          memory.setBytes(filled, frame, 8, body);
          filled += body;
        }
        frame.release();
      }
    }
    return frames;
  }

  @Test
  void everyCutOfTheStreamGivesTheSameFramesAndTheSameMemory() {
    for (int most : new int[] {1, 2, 3, 7, 10, 11, 12, 1000, 8192, 65_536, BODY, 1 << 20}) {
      filled = 0;
      landedBytes = 0;
      offer();
      ByteBuf[] sent = new ByteBuf[4];
      for (int i = 0; i < sent.length; i++) {
        sent[i] = frame(STREAM, FrameType.PAYLOAD, 0x20, BODY + 4 * i);
      }
      assertThat(read(prefixed(sent), most)).containsExactly(sent);
      int at = 0;
      for (ByteBuf each : sent) {
        int body = each.readableBytes() - 8;
        assertThat(memory.slice(at, body)).isEqualTo(each.slice(8, body));
        at += body;
      }
      assertThat(filled).isEqualTo(at);
      if (most >= 11) {
        assertThat(landedBytes).as("landed, %d at a time", most).isGreaterThanOrEqualTo(3 * BODY);
      }
    }
  }

  @Test
  void framesOfOtherStreamsAndKindsPassBetween() {
    offer();
    ByteBuf large = frame(STREAM, FrameType.PAYLOAD, 0x20, BODY);
    ByteBuf[] sent = {
      large,
      frame(OTHER, FrameType.PAYLOAD, 0x20, BODY),
      frame(STREAM, FrameType.REQUEST_N, 0, 2),
      large,
      frame(OTHER, FrameType.PAYLOAD, 0x20, 20),
      frame(STREAM, FrameType.PAYLOAD, 0x120, BODY),
      frame(STREAM, FrameType.PAYLOAD, 0xA0, BODY),
      large,
    };
    assertThat(read(prefixed(sent), 1 << 20)).containsExactly(sent);
    assertThat(asked).containsExactly("2 3 100000", "2 3 100000", "2 3 100000");
    assertThat(landedBytes).isEqualTo(3 * BODY);
  }

  @Test
  void nothingIsOverwrittenBehindTheMemory() {
    offer();
    ByteBuf large = frame(STREAM, FrameType.PAYLOAD, 0x20, BODY);
    ByteBuf small = frame(STREAM, FrameType.PAYLOAD, 0x20, 40);
    ByteBuf[] sent = {large, large, large, large, large, large, small};
    assertThat(read(prefixed(sent), 1 << 20)).containsExactly(sent);
    assertThat(landedBytes).isEqualTo(5 * BODY);
    assertThat(memory.slice(4 * BODY, BODY)).isEqualTo(large.slice(8, BODY));
  }

  @Test
  void whatWasWithdrawnIsNotAsked() {
    Runnable withdraws = offer();
    assertThat(landings.isEmpty()).isFalse();
    withdraws.run();
    assertThat(landings.isEmpty()).isTrue();
    ByteBuf large = frame(STREAM, FrameType.PAYLOAD, 0x20, BODY);
    assertThat(read(prefixed(large, large), 1 << 20)).containsExactly(large, large);
    assertThat(asked).isEmpty();
  }

  @Test
  void outsideOfAFrameThereIsNoStreamToLandFor() {
    landings.add(this::land).run();
    assertThat(landings.isEmpty()).isTrue();
  }

  @Test
  void anUnfinishedFrameGivesTheMemoryBack() {
    offer();
    ByteBuf large = frame(STREAM, FrameType.PAYLOAD, 0x20, BODY);
    read(prefixed(large, large).writerIndex(BODY + 5_000), 1 << 20);
    assertThat(memory.refCnt()).isEqualTo(2);
    reader.release();
    assertThat(memory.refCnt()).isOne();
  }

  @Test
  void betweenLargeFramesLittleIsRead() {
    ByteBuf large = frame(OTHER, FrameType.PAYLOAD, 0x20, BODY);
    ByteBuf small = frame(OTHER, FrameType.PAYLOAD, 0x20, 40);
    assertThat(reader.readAhead()).isZero();
    assertThat(read(prefixed(large), 1 << 20)).hasSize(1);
    assertThat(reader.readAhead()).isEqualTo(3 + 8);
    assertThat(read(prefixed(small), 1 << 20)).hasSize(1);
    assertThat(reader.readAhead()).isZero();
  }
}
