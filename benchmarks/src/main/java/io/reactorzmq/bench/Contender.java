package io.reactorzmq.bench;

import java.util.Map;
import java.util.TreeMap;

/** One way to move messages from a sending process to a receiving one over TCP. */
interface Contender {

  /** The queue bound of every contender that has one, on each side. */
  int HIGH_WATER_MARK = 1000;

  /** Every contender by the name it is chosen by. */
  Map<String, Contender> ALL =
      new TreeMap<>(
          Map.of(
              "jeromq", new JeroMqContender(),
              "zmq-sendall", new ReactorZmqContender(ReactorZmqContender.Form.SEND_ALL),
              "zmq-sendall-thread",
                  new ReactorZmqContender(ReactorZmqContender.Form.SEND_ALL_THREAD),
              "zmq-tryemit", new ReactorZmqContender(ReactorZmqContender.Form.TRY_EMIT),
              "zmq-tryemit-2", new ReactorZmqContender(ReactorZmqContender.Form.TRY_EMIT_TWO),
              "rsocket-stream", new RSocketContender(false),
              "rsocket-channel", new RSocketContender(true)));

  /**
   * Starts to receive and returns at once.
   *
   * @param counter is told of every message, by one thread at a time
   * @return the port it listens on
   */
  int receive(Counter counter);

  /**
   * Sends without end.
   *
   * @param port where the receiver listens on the loopback interface
   * @param message the bytes of every message; never changed
   * @throws InterruptedException if the sending thread is interrupted
   */
  void send(int port, byte[] message) throws InterruptedException;
}
