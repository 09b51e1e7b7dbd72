/** Messages and the codecs that make them. */
@NullMarked
package io.reactorzmq.message;

import org.jspecify.annotations.NullMarked;
