/** Tensors as inputs and outputs of ONNX Runtime; needs {@code com.microsoft.onnxruntime}. */
@NullMarked
package io.reactorzmq.tensor.onnx;

import org.jspecify.annotations.NullMarked;
