/** What happens to a live socket, as a stream of events. */
@NullMarked
package io.reactorzmq.event;

import org.jspecify.annotations.NullMarked;
