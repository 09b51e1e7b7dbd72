/** The failures that reactor-zmq signals, one type per cause. */
@NullMarked
package io.reactorzmq.error;

import org.jspecify.annotations.NullMarked;
