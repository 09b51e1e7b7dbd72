package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a codec takes for one value, in a loop within this process and without a socket. */
final class CodecCost<T extends ReferenceCounted> {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final int LOOP = 200_000;

  private final String name;
  private final Codec<T> codec;
  private final T value;
  private final ByteBuf wire;
  private final int[] lengths;
  private final List<Double> encode = new ArrayList<>();
  private final List<Double> decode = new ArrayList<>();
  private long seen;

  private CodecCost(String name, TransferValues<T> values, int size) {
    this.name = name;
    this.codec = values.codec();
    ByteBuf memory = PooledByteBufAllocator.DEFAULT.directBuffer(size, size).writeZero(size);
    this.value = values.over(memory);
    Message message = codec.encode(retained(), PooledByteBufAllocator.DEFAULT);
    this.wire = PooledByteBufAllocator.DEFAULT.directBuffer();
    this.lengths = new int[message.partCount()];
    for (int i = 0; i < lengths.length; i++) {
      ByteBuf part = message.part(i);
      lengths[i] = part.readableBytes();
      wire.writeBytes(part, part.readerIndex(), lengths[i]);
    }
    message.release();
  }

  /** Measures tensors and messages by turns and prints a table. */
  static void measure(Options options) {
    int size = options.size();
    List<CodecCost<?>> costs =
        List.of(
            new CodecCost<>("message", new TransferValues.Messages(false), size),
            new CodecCost<>("tensor", TransferValues.tensors(), size));
    long warm = System.nanoTime() + options.warmup() * 1_000_000_000L;
    do {
      costs.forEach(cost -> cost.round(false));
    } while (System.nanoTime() < warm);
    for (int i = 0; i < options.rounds(); i++) {
      costs.forEach(cost -> cost.round(true));
    }
    System.out.printf(
        "%n%d bytes, %d rounds of %,d after %d s%n%n",
        size, options.rounds(), LOOP, options.warmup());
    System.out.println("| codec | encode ns (quartiles) | decode ns (quartiles) |");
    System.out.println("|---|---:|---:|");
    costs.forEach(cost -> System.out.println(cost.row()));
  }

  private void round(boolean counted) {
    double encoding = encodeAll();
    double decoding = decodeAll();
    if (counted) {
      encode.add(encoding);
      decode.add(decoding);
    }
  }

  private double encodeAll() {
    long begun = cpu();
    for (int i = 0; i < LOOP; i++) {
      Message message = codec.encode(retained(), PooledByteBufAllocator.DEFAULT);
      seen += message.size();
      message.release();
    }
    return (double) (cpu() - begun) / LOOP;
  }

  private double decodeAll() {
    long begun = cpu();
    for (int i = 0; i < LOOP; i++) {
      T decoded = codec.decode(Message.over(wire.retain(), 0, lengths.clone()));
      seen += decoded.refCnt();
      decoded.release();
    }
    return (double) (cpu() - begun) / LOOP;
  }

  /** Of this thread: what others on the machine do does not count. */
  private static long cpu() {
    return THREADS.getCurrentThreadCpuTime();
  }

  @SuppressWarnings("unchecked") // a value retains itself
  private T retained() {
    return (T) value.retain();
  }

  private String row() {
    if (seen == 0) {
      throw new IllegalStateException("nothing was encoded");
    }
    Spread in = Spread.of(encode);
    Spread out = Spread.of(decode);
    return String.format(
        Locale.ROOT,
        "| %s | %.0f (%.0f-%.0f) | %.0f (%.0f-%.0f) |",
        name,
        in.median(),
        in.low(),
        in.high(),
        out.median(),
        out.low(),
        out.high());
  }
}
