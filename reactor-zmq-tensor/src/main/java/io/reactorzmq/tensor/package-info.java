/** Tensors as values of every socket: their memory goes out as it lies and comes in contiguous. */
@NullMarked
package io.reactorzmq.tensor;

import org.jspecify.annotations.NullMarked;
