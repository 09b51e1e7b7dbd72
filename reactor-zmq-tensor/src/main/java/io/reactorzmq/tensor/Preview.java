package io.reactorzmq.tensor;

/** Some of a tensor's elements as text. */
final class Preview {

  private Preview() {}

  static String of(Tensor tensor) {
    throw new UnsupportedOperationException();
  }
}
