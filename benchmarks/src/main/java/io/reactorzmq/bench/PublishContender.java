package io.reactorzmq.bench;

import java.util.Map;
import java.util.TreeMap;

/**
 * One way to publish to many connections of another process over TCP, without dropping anything.
 */
interface PublishContender {

  /** Every contender by the name it is chosen by. */
  Map<String, PublishContender> ALL =
      new TreeMap<>(
          Map.of(
              "jeromq", new JeroMqPubSub(),
              "zmq-publishall", new ReactorZmqPubSub(false),
              "zmq-trypublish", new ReactorZmqPubSub(true)));

  /**
   * Starts to publish without end, and returns at once.
   *
   * @param size bytes of a message
   * @param subscribers how many will come
   * @return the port it listens on
   */
  int publish(int size, int subscribers);

  /**
   * Subscribes with a socket for each subscriber.
   *
   * @param port where the publisher listens on the loopback interface
   * @param deliveries is told of every message; says how many subscribers there are
   */
  void subscribe(int port, Deliveries deliveries);
}
