package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;

/** A writer whose frames go to a reader, each checked on the way. */
final class Pipe {

  /** What a transport does to the memory of a frame. */
  enum Carrier {
    AS_WRITTEN,
    DIRECT_COPY,
    HEAP_COPY,
    SLICE_OF_A_COPY;

    ByteBuf carry(ByteBuf frame, ByteBufAllocator alloc) {
      if (this == AS_WRITTEN) {
        return frame;
      }
      int bytes = frame.readableBytes();
      ByteBuf copy =
          this == HEAP_COPY ? alloc.heapBuffer(bytes + 9) : alloc.directBuffer(bytes + 9);
      int head = this == SLICE_OF_A_COPY ? 9 : 0;
      copy.writeZero(head).writeBytes(frame);
      frame.release();
      return this == SLICE_OF_A_COPY ? copy.slice(head, bytes) : copy;
    }
  }

  final List<Message> received = new ArrayList<>();
  private final ByteBufAllocator alloc;
  private final Limits limits;
  private final Carrier carrier;
  private final FrameWriter writer;
  private final FrameReader<Message> reader;
  private int frames;

  Pipe(ByteBufAllocator alloc, Limits limits, int copyThreshold, Carrier carrier) {
    this.alloc = alloc;
    this.limits = limits;
    this.carrier = carrier;
    this.writer = new FrameWriter(alloc, limits, copyThreshold);
    this.reader = FrameReader.ofMessages(limits);
  }

  int frames() {
    return frames;
  }

  void send(Message message, ReferenceCounted holder) {
    assertThat(writer.refusal(message)).isNull();
    while (!writer.append(message, holder)) {
      flush();
    }
  }

  void flush() {
    if (writer.isEmpty()) {
      return;
    }
    boolean cut = writer.inMessage();
    int ends = writer.messagesEnded();
    int bytes = writer.bytes();
    ByteBuf frame = writer.finish();
    frames++;
    assertThat(frame.readableBytes()).isEqualTo(bytes).isLessThanOrEqualTo(limits.maxFrameBytes());
    assertThat(ends).isLessThanOrEqualTo(limits.maxMessagesPerFrame());
    if (cut) {
      // a large part is not cut into crumbs, which leaves room for at most two of them
      assertThat(bytes).isGreaterThan(limits.maxFrameBytes() - 2 * 1024);
    }
    assertThat(reader.read(carrier.carry(frame, alloc), received::add)).isEqualTo(ends);
    assertThat(reader.assembling()).isEqualTo(cut);
  }
}
