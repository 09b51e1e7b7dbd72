package io.reactorzmq;

/**
 * An open PUSH socket: each value goes to one peer, in strict rotation among those with room; a
 * stalled peer is skipped.
 *
 * @param <T> the values sent
 */
public sealed interface PushSocket<T> extends ZmqSocket, Sender<T> permits DefaultPushSocket {}
