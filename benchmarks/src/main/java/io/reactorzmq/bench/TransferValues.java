package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What is sent over a memory, and how it looks when received.
 *
 * @param <T> the values
 */
interface TransferValues<T extends ReferenceCounted> {

  /** How they become messages and values again. */
  Codec<T> codec();

  /** A value of all bytes of some buffers, whose references it takes over. */
  T over(ByteBuf... memory);

  /** Its bytes. */
  long size(T value);

  /** Where its bytes lie, borrowed. */
  List<ByteBuf> segments(T value);

  /** Does with a received value what its user would, and checks some of its bytes. */
  void check(T value);

  /**
   * Values of a kind.
   *
   * @param size of each that goes into memory of its own, in bytes
   */
  static TransferValues<?> of(String kind, int size) {
    return switch (kind) {
      case "message" -> new Messages(false);
      case "message-copied" -> new Messages(true);
      case "tensor" -> tensors();
      case "tensor-into" -> new Tensors(into(size), true);
      case "tensor-received" -> new Tensors(TensorCodec.asReceived(), false);
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /** Tensors received as most are. */
  static TransferValues<Tensor> tensors() {
    return new Tensors(TensorCodec.tensors(), true);
  }

  /** One tensor at a time lies in the same memory; small ones elsewhere. */
  private static Codec<Tensor> into(int size) {
    ByteBuf memory = Unpooled.directBuffer(size, size);
    return TensorCodec.into(
        (tensor, offset, bytes) ->
            tensor.bytes() == size
                ? memory.retainedSlice((int) offset, bytes).writerIndex(0)
                : Unpooled.directBuffer(bytes, bytes));
  }

  /**
   * Messages of one part, as they come in.
   *
   * @param copied whether their bytes are then put one behind the other
   */
  record Messages(boolean copied) implements TransferValues<Message> {

    @Override
    public Codec<Message> codec() {
      return Codec.zeroCopy();
    }

    @Override
    public Message over(ByteBuf... memory) {
      return Message.of(memory);
    }

    @Override
    public long size(Message value) {
      return value.size();
    }

    @Override
    public List<ByteBuf> segments(Message value) {
      return IntStream.range(0, value.partCount()).mapToObj(value::part).toList();
    }

    @Override
    public void check(Message value) {
      ByteBuf part = value.part(0);
      int size = part.readableBytes();
      if (!copied) {
        Pattern.check(0, size, size, at -> part.getByte((int) at));
        return;
      }
      ByteBuf copy = Unpooled.directBuffer(size, size).writeBytes(part);
      Pattern.check(0, size, size, at -> copy.getByte((int) at));
      copy.release();
    }
  }

  /**
   * Tensors of bytes.
   *
   * @param codec into some memory
   * @param contiguous whether each is received in one run of it
   */
  record Tensors(Codec<Tensor> codec, boolean contiguous) implements TransferValues<Tensor> {

    @Override
    public Tensor over(ByteBuf... memory) {
      long bytes = Arrays.stream(memory).mapToLong(ByteBuf::readableBytes).sum();
      return Tensor.of(DType.U8, Shape.of(bytes), memory);
    }

    @Override
    public long size(Tensor value) {
      return value.bytes();
    }

    @Override
    public List<ByteBuf> segments(Tensor value) {
      return value.segments();
    }

    @Override
    public void check(Tensor value) {
      if (contiguous && !value.isContiguous()) {
        throw new IllegalStateException(value.dtype() + " " + value.shape() + " is in pieces");
      }
      ByteBuf data = value.segments().get(0);
      int size = data.readableBytes();
      Pattern.check(0, size, size, at -> data.getByte((int) at));
    }
  }
}
