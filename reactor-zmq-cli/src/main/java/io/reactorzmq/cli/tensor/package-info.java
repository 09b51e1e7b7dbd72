/**
 * Tensors between files and messages: what {@code --tensor} reads and {@code --tensor-dir} writes.
 */
@NullMarked
package io.reactorzmq.cli.tensor;

import org.jspecify.annotations.NullMarked;
