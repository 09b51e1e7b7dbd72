/**
 * ZeroMQ's messaging patterns as Project Reactor types. {@link io.reactorzmq.Zmq} is the front
 * door: it makes a spec per pattern, and a spec opens a socket.
 */
@NullMarked
package io.reactorzmq;

import org.jspecify.annotations.NullMarked;
