/** Endpoints and the interface that a transport implements. */
@NullMarked
package io.reactorzmq.transport;

import org.jspecify.annotations.NullMarked;
