package io.reactorzmq.options;

/**
 * What happens to a published message for which a subscriber has no room. PUB applies it to each
 * subscriber's lane, which holds {@code highWaterMark} messages and {@code highWaterMarkBytes}
 * bytes; SUB to the queue of each {@code receive()}. Whatever is dropped is dropped for that
 * subscriber only, counted, and told to it in line by {@code Published.missedBefore()}.
 */
public enum OverflowPolicy {
  /** The new message is dropped, what waits stays. The default, and what ZeroMQ does. */
  DROP_LATEST,
  /** The messages that wait longest are dropped until the new one fits. */
  DROP_OLDEST,
  /**
   * Only the last message of each topic waits; a newer one takes the place of an older one. With
   * more topics than there is room for, the topic that waits longest is dropped.
   */
  CONFLATE,
  /**
   * The subscriber is given up, with what waits for it: PUB closes its connection with {@code
   * SlowPeerException}, SUB ends the {@code Flux} with {@code OverflowException}.
   */
  DISCONNECT,
  /**
   * Nothing is dropped, everyone waits for the slowest. PUB: {@code publish} waits and {@code
   * tryPublish} says FAIL_OVERFLOW. SUB: the publisher gets no more credit, so its own policy
   * decides.
   */
  WAIT
}
