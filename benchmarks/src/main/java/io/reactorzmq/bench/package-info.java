/** Measures throughput and latency between two processes, beside JeroMQ and plain RSocket. */
@NullMarked
package io.reactorzmq.bench;

import org.jspecify.annotations.NullMarked;
