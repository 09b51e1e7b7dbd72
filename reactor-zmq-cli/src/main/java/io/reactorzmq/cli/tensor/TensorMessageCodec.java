package io.reactorzmq.cli.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Messages of tensors, whether they are sets or single ones. Counts what it has encoded.
 *
 * <p>docs/tensors.md has the header, which tells the two kinds apart.
 */
public final class TensorMessageCodec implements Codec<TensorMessage> {

  private static final int KIND_INDEX = 5;
  private static final int SINGLE = 0;
  private static final int[] MAGIC = {'R', 'Z', 'T', 'N'};

  private final @Nullable Scratch memory;
  private final Codec<NamedTensors> sets;
  private final Codec<Tensor> singles;
  private final AtomicLong encoded = new AtomicLong();

  /**
   * Creates a codec.
   *
   * @param memory where received tensors lie; null: in the frames they came in
   */
  public TensorMessageCodec(@Nullable Scratch memory) {
    this.memory = memory;
    this.sets = memory == null ? TensorCodec.namedAsReceived() : TensorCodec.namedInto(memory);
    this.singles = memory == null ? TensorCodec.asReceived() : TensorCodec.into(memory);
  }

  /**
   * Values that became messages; any thread.
   *
   * @return values
   */
  public long encoded() {
    return encoded.get();
  }

  /**
   * Whether a message claims to be one of tensors.
   *
   * @param message borrowed
   * @return true if it begins as such a message does; it may yet be malformed
   */
  public static boolean claims(Message message) {
    ByteBuf header = message.part(0);
    if (header.readableBytes() <= KIND_INDEX) {
      return false;
    }
    for (int i = 0; i < MAGIC.length; i++) {
      if (header.getByte(header.readerIndex() + i) != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSet(ByteBuf header) {
    return header.readableBytes() <= KIND_INDEX
        || header.getByte(header.readerIndex() + KIND_INDEX) != SINGLE;
  }

  @Override
  public @Nullable AssemblyTarget assemblyTarget() {
    return memory == null
        ? null
        : new ByKind(
            memory,
            Objects.requireNonNull(sets.assemblyTarget()),
            Objects.requireNonNull(singles.assemblyTarget()));
  }

  /** Asks the one whose kind a message is. */
  private record ByKind(Scratch memory, AssemblyTarget sets, AssemblyTarget singles)
      implements AssemblyTarget {

    @Override
    public boolean takesWholeParts() {
      return true;
    }

    @Override
    public Parts begin(ByteBuf header, int[] sizes, ByteBufAllocator allocator) {
      Parts parts = (isSet(header) ? sets : singles).begin(header, sizes, allocator);
      Arrival arrival = new Arrival(IntStream.of(sizes).skip(1).asLongStream().sum());
      return (part, bytes) -> {
        ByteBuf buffer = parts.allocate(part, bytes);
        memory.begun(arrival, (ScratchBuffer) buffer);
        return buffer;
      };
    }
  }

  @Override
  public Message encode(TensorMessage value, ByteBufAllocator allocator) {
    Message message;
    if (value.isSet()) {
      message = sets.encode(value.tensors(), allocator);
    } else {
      Tensor only = value.tensors().asMap().values().iterator().next().retain();
      try {
        message = singles.encode(only, allocator);
      } catch (RuntimeException e) {
        only.release();
        throw e;
      }
      value.release();
    }
    encoded.incrementAndGet();
    return message;
  }

  @Override
  public TensorMessage decode(Message message) {
    if (isSet(message.part(0))) {
      return new TensorMessage("", sets.decode(message), true);
    }
    Tensor single = singles.decode(message);
    NamedTensors set = NamedTensors.of(Map.of(TensorMessage.UNNAMED, single));
    return new TensorMessage("", set, false);
  }

  @Override
  public void discard(TensorMessage value) {
    if (value.tensors().refCnt() > 0) {
      value.release();
    }
  }
}
