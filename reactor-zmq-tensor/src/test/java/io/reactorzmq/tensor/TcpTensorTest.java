package io.reactorzmq.tensor;

/** Tensors over TCP. */
class TcpTensorTest extends TensorContract {

  @Override
  String endpoint() {
    return anyEndpoint("tcp");
  }
}
