/** {@code rdma://}: the same sockets over RDMA, or over shared memory between two processes. */
@NullMarked
package io.reactorzmq.rdma;

import org.jspecify.annotations.NullMarked;
