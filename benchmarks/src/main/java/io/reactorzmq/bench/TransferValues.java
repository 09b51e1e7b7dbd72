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

/**
 * What is sent over a memory, and how it looks when received.
 *
 * @param <T> the values
 */
interface TransferValues<T extends ReferenceCounted> {

  /** How they become messages and values again. */
  Codec<T> codec();

  /** A value of all bytes of a buffer, whose reference it takes over. */
  T over(ByteBuf memory);

  /** Its bytes. */
  long size(T value);

  /** Does with a received value what its user would, and checks some of its bytes. */
  void check(T value);

  static TransferValues<?> of(Transfer transfer) {
    return switch (transfer.kind()) {
      case "message" -> new Messages(false);
      case "message-copied" -> new Messages(true);
      case "tensor" -> new Tensors(TensorCodec.tensors());
      case "tensor-into" -> new Tensors(into(transfer.size()));
      default -> throw new IllegalArgumentException(transfer.kind());
    };
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
    public Message over(ByteBuf memory) {
      return Message.of(memory);
    }

    @Override
    public long size(Message value) {
      return value.size();
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
   */
  record Tensors(Codec<Tensor> codec) implements TransferValues<Tensor> {

    @Override
    public Tensor over(ByteBuf memory) {
      return Tensor.of(DType.U8, Shape.of(memory.readableBytes()), memory);
    }

    @Override
    public long size(Tensor value) {
      return value.bytes();
    }

    @Override
    public void check(Tensor value) {
      if (!value.isContiguous()) {
        throw new IllegalStateException(value.dtype() + " " + value.shape() + " is in pieces");
      }
      ByteBuf data = value.segments().get(0);
      int size = data.readableBytes();
      Pattern.check(0, size, size, at -> data.getByte((int) at));
    }
  }
}
