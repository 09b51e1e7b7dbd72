package io.reactorzmq.tensor;

/** Tensors within one JVM. */
class InprocTensorTest extends TensorContract {

  @Override
  String endpoint() {
    return anyEndpoint("inproc");
  }

  @Override
  boolean isCopied() {
    return false;
  }
}
