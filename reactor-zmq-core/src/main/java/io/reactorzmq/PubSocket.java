package io.reactorzmq;

import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * An open PUB socket: sends each message to every subscriber that asked for its topic. A subscriber
 * that does not keep up never delays the others, unless {@link
 * io.reactorzmq.options.OverflowPolicy#WAIT} says so.
 *
 * <p>A topic is text of any length, UTF-8 on the wire; subscribers ask for prefixes of it. It
 * counts as part of the message's size. From subscription on, or from {@link EmitResult#OK}, the
 * library owns the value.
 *
 * @param <T> the values
 */
public sealed interface PubSocket<T> extends ZmqSocket permits DefaultPubSocket {

  /**
   * Publishes a value. Without a subscriber for it, that is all.
   *
   * @param topic what subscribers ask for
   * @param value taken at subscription; a reference-counted value can be subscribed to once
   * @return cold; completes when every matching subscriber's lane has taken or dropped it, with
   *     {@code WAIT} when it is framed for all of them; says nothing about memory, which lanes may
   *     read for as long as they hold the message. Fails with {@link
   *     io.reactorzmq.error.OverflowException} if {@code maxPendingSends} wait already, {@link
   *     io.reactorzmq.error.CodecException}, or {@link io.reactorzmq.error.ClosedException}.
   *     Cancelling takes the value back unless it was handed to the lanes
   */
  Mono<Void> publish(String topic, T value);

  /**
   * Publishes everything a publisher emits, under one topic. It is asked for no more than the
   * socket takes in.
   *
   * @param topic what subscribers ask for
   * @param values subscribed to at subscription; emits on its own threads, or on the socket's event
   *     loop if it emits within {@code request}
   * @return cold; completes when the publisher has and all its values are with the lanes. Fails as
   *     {@link #publish} does, or with the publisher's error. Cancelling cancels the publisher
   */
  default Mono<Void> publishAll(String topic, Publisher<? extends T> values) {
    return publishAll(values, value -> topic);
  }

  /**
   * Publishes everything a publisher emits, each value under its own topic.
   *
   * @param values as for {@link #publishAll(String, Publisher)}
   * @param topic gives the topic of a value, on the thread that emits it
   * @return as for {@link #publishAll(String, Publisher)}; fails with what the function throws
   */
  Mono<Void> publishAll(Publisher<? extends T> values, Function<? super T, String> topic);

  /**
   * Publishes a value without waiting. A value that is not accepted stays the caller's.
   *
   * @param topic what subscribers ask for
   * @param value the value
   * @return OK, also if nobody has subscribed; FAIL_OVERFLOW if {@code highWaterMark} messages or
   *     {@code highWaterMarkBytes} bytes wait to be handed to the lanes, with {@code WAIT} to be
   *     framed for all of them, or if a {@code publish} waits; FAIL_TERMINATED if the socket is
   *     closed
   * @throws io.reactorzmq.error.CodecException if the value cannot be encoded
   */
  EmitResult tryPublish(String topic, T value);

  /**
   * Waits for subscribers, in place of a sleep. A value published after this completes is for them.
   *
   * @param topic a topic that is going to be published
   * @param n how many sockets must have subscribed to a prefix of it; many {@code receive()} of one
   *     socket count once
   * @return cold; completes as soon as so many live subscribers have been told that their
   *     subscription is in force. Fails with {@link io.reactorzmq.error.ClosedException} if the
   *     socket closes. Cancelling gives up waiting
   */
  Mono<Void> awaitSubscribers(String topic, int n);
}
