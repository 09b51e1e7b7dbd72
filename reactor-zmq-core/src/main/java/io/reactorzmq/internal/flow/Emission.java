package io.reactorzmq.internal.flow;

/**
 * Makes what a subscription emits.
 *
 * @param <T> values
 * @param <P> what is emitted
 */
@FunctionalInterface
public interface Emission<T, P> {

  /**
   * One message.
   *
   * @param topic what it was published under
   * @param value the message
   * @param missedBefore messages lost before it; -1 if nobody knows how many
   * @return what is emitted
   */
  P of(String topic, T value, long missedBefore);
}
