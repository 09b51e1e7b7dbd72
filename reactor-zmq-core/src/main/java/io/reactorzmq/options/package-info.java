/** Resources and option types shared by the sockets. */
@NullMarked
package io.reactorzmq.options;

import org.jspecify.annotations.NullMarked;
