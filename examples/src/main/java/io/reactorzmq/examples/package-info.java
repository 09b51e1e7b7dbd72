/** Small programs, one per pattern, and the snippets of the README. */
@NullMarked
package io.reactorzmq.examples;

import org.jspecify.annotations.NullMarked;
