/** Tensors in the files of NumPy and safetensors: read by mapping them into memory, and written. */
@NullMarked
package io.reactorzmq.tensor.file;

import org.jspecify.annotations.NullMarked;
