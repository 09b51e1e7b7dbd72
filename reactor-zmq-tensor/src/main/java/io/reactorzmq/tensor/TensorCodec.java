package io.reactorzmq.tensor;

import io.reactorzmq.message.Codec;
import java.util.Objects;

/**
 * Tensors as values of any socket: {@code Zmq.pull().codec(TensorCodec.tensors())}. A message is a
 * small header and the data of each tensor as it lies in memory; see docs/tensors.md.
 *
 * <p>Sending refers to the tensor's memory and never copies data in direct memory from 1 KiB on. A
 * tensor is single-use: sending takes its reference, {@code tensor.retain()} keeps one. When a
 * {@code send} completes, the memory is free again.
 *
 * <p>Receiving hands out a tensor that is to be released exactly once. Data that arrived within one
 * frame of 256 KiB is a view of it; larger data is put together in memory allocated once, from the
 * declared size, unless {@link #asReceived()} is chosen. A message that is none of tensors, or
 * whose header does not fit its data, is refused before anything is allocated for it.
 *
 * <p>What is larger than 64 MiB needs {@code maxMessageSize} at the receiver.
 */
public final class TensorCodec {

  private static final Codec<Tensor> CONTIGUOUS =
      new OneTensorCodec(new TensorTarget(false, null), true);
  private static final Codec<Tensor> AS_RECEIVED = new OneTensorCodec(null, false);
  private static final Codec<NamedTensors> NAMED_CONTIGUOUS =
      new NamedTensorsCodec(new TensorTarget(true, null), true);
  private static final Codec<NamedTensors> NAMED_AS_RECEIVED = new NamedTensorsCodec(null, false);

  private TensorCodec() {}

  /**
   * One tensor a message. What is received lies in one run of direct memory of the socket's
   * allocator, one for each segment if its sender has several.
   *
   * @return a shared codec
   */
  public static Codec<Tensor> tensors() {
    return CONTIGUOUS;
  }

  /**
   * One tensor a message, received without any copy: data that arrived in several frames consists
   * of them. For who passes tensors on or reads {@link Tensor#segments()}; the views of such a
   * tensor need {@link Tensor#contiguous} first.
   *
   * @return a shared codec
   */
  public static Codec<Tensor> asReceived() {
    return AS_RECEIVED;
  }

  /**
   * One tensor a message, received into memory of the user's choice, however small it is.
   *
   * @param allocator gives it
   * @return a codec
   */
  public static Codec<Tensor> into(TensorAllocator allocator) {
    Objects.requireNonNull(allocator, "allocator");
    return new OneTensorCodec(new TensorTarget(false, allocator), false);
  }

  /**
   * One set of tensors a message, otherwise as {@link #tensors()}.
   *
   * @return a shared codec
   */
  public static Codec<NamedTensors> named() {
    return NAMED_CONTIGUOUS;
  }

  /**
   * One set of tensors a message, otherwise as {@link #asReceived()}.
   *
   * @return a shared codec
   */
  public static Codec<NamedTensors> namedAsReceived() {
    return NAMED_AS_RECEIVED;
  }

  /**
   * One set of tensors a message, otherwise as {@link #into}.
   *
   * @param allocator gives the memory of each tensor
   * @return a codec
   */
  public static Codec<NamedTensors> namedInto(TensorAllocator allocator) {
    Objects.requireNonNull(allocator, "allocator");
    return new NamedTensorsCodec(new TensorTarget(true, allocator), false);
  }
}
