package io.reactorzmq;

/**
 * An open REP socket: its handler answers requests from the moment it is open until it is closed.
 * Closing takes no new requests and answers what has arrived, within linger.
 */
public sealed interface RepSocket extends ZmqSocket permits DefaultRepSocket {}
