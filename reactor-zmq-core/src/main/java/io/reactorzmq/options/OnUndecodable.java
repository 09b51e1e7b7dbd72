package io.reactorzmq.options;

/** What {@code receive()} does with a message that the codec refuses. */
public enum OnUndecodable {
  /** Release it, count it, report {@code SocketEvent.Undecodable}, and go on. The default. */
  SKIP,
  /** The same, and end the subscription with the {@code CodecException}. */
  FAIL
}
