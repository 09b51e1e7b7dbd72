package io.reactorzmq.tensor;

import io.reactorzmq.message.Codec;

/** Tensors as values of any socket. */
public final class TensorCodec {

  private TensorCodec() {}

  /**
   * One tensor a message, received contiguous.
   *
   * @return a shared codec
   */
  public static Codec<Tensor> tensors() {
    throw new UnsupportedOperationException();
  }

  /**
   * One set of tensors a message, each received contiguous.
   *
   * @return a shared codec
   */
  public static Codec<NamedTensors> named() {
    throw new UnsupportedOperationException();
  }

  /**
   * One tensor a message, received into memory of the user's choice.
   *
   * @param allocator gives it
   * @return a codec
   */
  public static Codec<Tensor> into(TensorAllocator allocator) {
    throw new UnsupportedOperationException();
  }

  /**
   * One set of tensors a message, received into memory of the user's choice.
   *
   * @param allocator gives it
   * @return a codec
   */
  public static Codec<NamedTensors> namedInto(TensorAllocator allocator) {
    throw new UnsupportedOperationException();
  }
}
