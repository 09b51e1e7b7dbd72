/** How {@code rdma://} works: a binding to UCX, and connections over its active messages. */
@NullMarked
package io.reactorzmq.rdma.internal;

import org.jspecify.annotations.NullMarked;
