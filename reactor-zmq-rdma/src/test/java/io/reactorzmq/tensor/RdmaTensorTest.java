package io.reactorzmq.tensor;

/** Tensors over RDMA. */
class RdmaTensorTest extends TensorContract {

  @Override
  String endpoint() {
    return anyEndpoint("rdma");
  }
}
