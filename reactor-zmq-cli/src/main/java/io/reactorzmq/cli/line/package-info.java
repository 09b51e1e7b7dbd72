/** Lines: reading them, what each means as a message, and writing them. */
@NullMarked
package io.reactorzmq.cli.line;

import org.jspecify.annotations.NullMarked;
