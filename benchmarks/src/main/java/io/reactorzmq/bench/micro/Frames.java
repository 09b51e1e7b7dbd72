package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Frames as sockets make them by default, to be read again and again. */
final class Frames {

  /** From these sizes on parts are referred to in place of being copied, as by a socket. */
  private static final int COPY_THRESHOLD = 1024;

  private static final int HEAP_COPY_THRESHOLD = 64 * 1024;

  private Frames() {}

  static FrameWriter writer() {
    return new FrameWriter(Host.ALLOCATOR, Host.LIMITS, COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  /** The bytes of a message of some size, no two neighbours alike. */
  static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  /** So many messages, each frame in one run of direct memory, as it comes from a connection. */
  static List<ByteBuf> of(int messages, int size) {
    FrameWriter writer = writer();
    Message message = Message.of(bytes(size));
    List<ByteBuf> frames = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      while (!writer.append(message, message)) {
        frames.add(received(writer.finish()));
      }
      if (writer.isFull()) {
        frames.add(received(writer.finish()));
      }
    }
    if (!writer.isEmpty()) {
      frames.add(received(writer.finish()));
    }
    return frames;
  }

  private static ByteBuf received(ByteBuf frame) {
    int length = frame.readableBytes();
    ByteBuf copy = Host.ALLOCATOR.directBuffer(length, length).writeBytes(frame);
    frame.release();
    return copy;
  }

  /** Reads frames, which stay the caller's, and fails unless all messages are whole. */
  static void check(List<ByteBuf> frames, int messages, byte[] expected) {
    FrameReader<Message> reader = FrameReader.ofMessages(Host.LIMITS);
    int came = 0;
    for (ByteBuf frame : frames) {
      came += reader.read(frame.retainedDuplicate(), message -> check(message, expected));
    }
    MicroBenchmark.require("messages in frames", came, messages);
  }

  private static void check(Message message, byte[] expected) {
    if (message.partCount() != 1 || !Arrays.equals(message.bytes(0), expected)) {
      throw new IllegalStateException("a message is not what was sent: " + message);
    }
    message.release();
  }
}
