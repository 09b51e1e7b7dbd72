package io.reactorzmq.tensor;

import java.util.Objects;

/**
 * What is known of a tensor without its data.
 *
 * @param name empty unless it is one of {@link NamedTensors}
 * @param dtype what each element is
 * @param shape how many elements
 */
public record TensorInfo(String name, DType dtype, Shape shape) {

  /**
   * Of a tensor that can exist.
   *
   * @param name empty unless it is one of {@link NamedTensors}
   * @param dtype what each element is
   * @param shape how many elements
   * @throws IllegalArgumentException if it would have more than 2^63 - 1 bytes
   */
  public TensorInfo {
    Objects.requireNonNull(name, "name");
    shape.bytes(dtype);
  }

  /**
   * What the data takes.
   *
   * @return bytes: elements times item size
   */
  public long bytes() {
    return shape.bytes(dtype);
  }

  /** For example {@code weight F32 [2, 3]}. */
  @Override
  public String toString() {
    return (name.isEmpty() ? "" : name + " ") + dtype + " " + shape;
  }
}
