package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The wire codec: messages into frames of the default limits and back. A frame of small ones has
 * 250; of 64 KiB each a frame has nearly four, and the last of them is cut.
 */
public class FrameBenchmark extends MicroBenchmark {

  /** Bytes of a message. */
  @Param({"64", "1024", "65536"})
  int size;

  private final FrameWriter writer = Frames.writer();
  private final FrameReader<Message> reader = FrameReader.ofMessages(Host.LIMITS);
  private Message onHeap;
  private Message direct;
  private ByteBuf[] frames;

  /** Makes the messages and frames, and checks that either way loses nothing. */
  @Setup
  public void setUp() {
    byte[] bytes = Frames.bytes(size);
    onHeap = Message.of(bytes);
    direct = Message.of(Host.ALLOCATOR.directBuffer(size, size).writeBytes(bytes));
    List<ByteBuf> received = Frames.of(PER_FRAME, size);
    Frames.check(received, PER_FRAME, bytes);
    frames = received.toArray(ByteBuf[]::new);
    for (Message message : List.of(onHeap, direct)) {
      List<ByteBuf> encoded = new ArrayList<>();
      encode(message, encoded::add);
      Frames.check(encoded, PER_FRAME, bytes);
      encoded.forEach(ByteBuf::release);
      require("references to a message", message.refCnt(), 1);
    }
  }

  /** Messages over byte arrays. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void encodeHeap() {
    encode(onHeap, ByteBuf::release);
  }

  /** Messages in direct memory of Netty's pooled allocator. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void encodeDirect() {
    encode(direct, ByteBuf::release);
  }

  private interface Output {
    Object take(ByteBuf frame);
  }

  private void encode(Message message, Output output) {
    for (int i = 0; i < PER_FRAME; i++) {
      while (!writer.append(message, message)) {
        output.take(writer.finish());
      }
      if (writer.isFull()) {
        output.take(writer.finish());
      }
    }
    if (!writer.isEmpty()) {
      output.take(writer.finish());
    }
  }

  /**
   * Frames into messages, each released at once.
   *
   * @return how many there were
   */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public int decode() {
    int messages = 0;
    for (ByteBuf frame : frames) {
      messages += reader.read(frame.retain().readerIndex(0), Message::release);
    }
    require("messages decoded", messages, PER_FRAME);
    return messages;
  }
}
