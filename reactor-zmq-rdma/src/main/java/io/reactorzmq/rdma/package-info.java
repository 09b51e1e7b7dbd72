/** Carries messages over RDMA, or whatever else UCX finds between two hosts. */
@NullMarked
package io.reactorzmq.rdma;

import org.jspecify.annotations.NullMarked;
