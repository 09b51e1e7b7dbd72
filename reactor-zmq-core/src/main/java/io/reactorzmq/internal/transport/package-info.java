/** TCP and in-process transports, liveness and the inbound guard. */
@NullMarked
package io.reactorzmq.internal.transport;

import org.jspecify.annotations.NullMarked;
