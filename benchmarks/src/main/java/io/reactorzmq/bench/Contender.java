package io.reactorzmq.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One way to move messages from a sending process to receiving ones over TCP. */
interface Contender {

  /** The queue bound of every contender that has one, on each side. */
  int HIGH_WATER_MARK = 1000;

  /** Every contender by the name it is chosen by. */
  Map<String, Contender> ALL =
      new TreeMap<>(
          Map.of(
              "jeromq", new JeroMqContender(),
              "grpc", new GrpcContender(),
              "zmq-sendall", new ReactorZmqContender(false, false),
              "zmq-direct", new ReactorZmqDirect(),
              "zmq-sendall-zerocopy", new ReactorZmqContender(false, true),
              "zmq-tryemit", new ReactorZmqContender(true, false),
              "rsocket", new RSocketContender()));

  /**
   * Starts to receive and returns at once.
   *
   * @param counter is given every message, by one thread at a time
   * @return the port it listens on
   */
  int receive(Counter counter);

  /**
   * Sends without end, each message to one of the receivers.
   *
   * @param ports where the receivers listen on the loopback interface
   * @param ring what to send, in its order
   * @throws InterruptedException if the sending thread is interrupted
   */
  void send(List<Integer> ports, Ring ring) throws InterruptedException;
}
