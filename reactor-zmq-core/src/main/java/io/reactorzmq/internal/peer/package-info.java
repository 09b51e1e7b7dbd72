/** Live RSocket connections as message streams. */
@NullMarked
package io.reactorzmq.internal.peer;

import org.jspecify.annotations.NullMarked;
