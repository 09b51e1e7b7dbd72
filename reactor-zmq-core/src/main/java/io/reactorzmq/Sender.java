package io.reactorzmq;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * Sends values within bounds: the high-water mark of the sender's queue and the credit that
 * receivers give. From subscription on, or from {@link EmitResult#OK}, the library owns the value.
 *
 * <p>Completion means that the library no longer reads the value's memory: small parts were copied
 * into a frame for which a peer gave credit, larger ones were released by the transport. It does
 * not mean delivered.
 *
 * @param <T> the values
 */
public sealed interface Sender<T> permits PairSocket, PushSocket {

  /**
   * Sends a value, waiting for room or for a peer if need be.
   *
   * @param value taken at subscription; a reference-counted value can be subscribed to once
   * @return cold. Fails with {@link io.reactorzmq.error.OverflowException} if {@code
   *     maxPendingSends} wait already, {@link io.reactorzmq.error.MessageTooLargeException} if
   *     every peer refuses its size, {@link io.reactorzmq.error.CodecException}, or {@link
   *     io.reactorzmq.error.ClosedException}. Cancelling takes the value back unless it is being
   *     sent
   */
  Mono<Void> send(T value);

  /**
   * Sends everything a publisher emits. It is asked for no more than there is room for, and for
   * nothing while there is no peer.
   *
   * @param values subscribed to at subscription; emits on its own threads, or on the socket's event
   *     loop if it emits within {@code request}
   * @return cold; completes when the publisher has and all its values are sent. Fails as {@link
   *     #send(Object)} does, or with the publisher's error; values accepted before are still sent.
   *     Cancelling cancels the publisher
   */
  Mono<Void> sendAll(Publisher<? extends T> values);

  /**
   * Offers a value without waiting. A value that is not accepted stays the caller's.
   *
   * @param value the value; a small message may be copied and released before this returns
   * @return OK; FAIL_OVERFLOW if the queue is full or sends wait; FAIL_ZERO_SUBSCRIBER if there is
   *     no peer; FAIL_TERMINATED if the socket is closed
   * @throws io.reactorzmq.error.CodecException if the value cannot be encoded
   */
  EmitResult tryEmit(T value);
}
