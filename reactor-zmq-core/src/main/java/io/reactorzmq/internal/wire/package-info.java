/** The bytes of wire profile v1. */
@NullMarked
package io.reactorzmq.internal.wire;

import org.jspecify.annotations.NullMarked;
