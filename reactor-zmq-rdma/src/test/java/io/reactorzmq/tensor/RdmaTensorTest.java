package io.reactorzmq.tensor;

/** Tensors over RDMA. */
class RdmaTensorTest extends TensorContract {

  @Override
  protected String endpoint() {
    return anyEndpoint("rdma");
  }
}
