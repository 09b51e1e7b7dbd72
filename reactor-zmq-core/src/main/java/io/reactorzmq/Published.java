package io.reactorzmq;

/**
 * A message of a subscription, and how many were lost before it.
 *
 * @param topic what it was published under
 * @param value the message
 * @param missedBefore messages that this subscriber missed between the one before from the same
 *     publisher and this one: dropped on the publisher's side, where they are counted for all
 *     subscriptions of the socket together, or by this subscriber's own full queue. What the codec
 *     refused is not among them. 0 if none; -1 if nobody knows, for the first message after a
 *     connection ended and another took its place
 * @param <T> values
 */
public record Published<T>(String topic, T value, long missedBefore) {}
