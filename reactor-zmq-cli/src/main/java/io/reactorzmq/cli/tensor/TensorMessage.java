package io.reactorzmq.cli.tensor;

import io.reactorzmq.tensor.NamedTensors;

/**
 * The tensors of one message. Whoever has it releases it exactly once.
 *
 * @param name of the file that it was read from, without its ending; empty if it was received
 * @param tensors a set, which a single tensor without a name is a set of one of
 * @param isSet false for a single tensor without a name
 */
public record TensorMessage(String name, NamedTensors tensors, boolean isSet) {

  /** What a tensor is called that has come without a name. */
  static final String UNNAMED = "tensor";

  /** Gives the memory back. */
  public void release() {
    tensors.release();
  }
}
