package io.reactorzmq.tensor;

/** Elements of tensors from and to primitive arrays. */
final class Elements {

  private Elements() {}

  static Tensor of(float[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor of(double[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor of(long[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor of(int[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor of(short[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor of(byte[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor of(boolean[] values, Shape shape) {
    throw new UnsupportedOperationException();
  }

  static Tensor ofFloats(DType dtype, Shape shape, float[] values) {
    throw new UnsupportedOperationException();
  }

  static byte[] toBytes(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static float[] toFloats(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static double[] toDoubles(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static long[] toLongs(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static int[] toInts(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static short[] toShorts(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static boolean[] toBooleans(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  static boolean sameBytes(Tensor one, Tensor other) {
    throw new UnsupportedOperationException();
  }
}
