/** The command line {@code zmq}: each socket type as a filter between stdin and stdout. */
@NullMarked
package io.reactorzmq.cli;

import org.jspecify.annotations.NullMarked;
