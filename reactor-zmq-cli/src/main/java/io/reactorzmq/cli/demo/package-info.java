/** The demonstration: each pattern between processes of this tool, on the lines of real files. */
@NullMarked
package io.reactorzmq.cli.demo;

import org.jspecify.annotations.NullMarked;
