package io.reactorzmq.bench;

import java.util.Map;
import java.util.TreeMap;

/** One way to move messages between two sockets of one process, without a network. */
interface InprocContender {

  /** Every contender by the name it is chosen by. */
  Map<String, InprocContender> ALL =
      new TreeMap<>(
          Map.of(
              "zmq-sendall", new ReactorZmqInproc(false),
              "zmq-tryemit", new ReactorZmqInproc(true),
              "zmq-req", new ReactorZmqInproc(false),
              "jeromq", new JeroMqInproc()));

  /**
   * Sends without end.
   *
   * @param counter is given every message
   * @param ring what to send, in its order
   */
  void push(Counter counter, Ring ring) throws InterruptedException;

  /**
   * Asks without end, one request at a time.
   *
   * @param answers is told of every answer
   * @param size bytes of a request
   */
  void request(Answers answers, int size) throws InterruptedException;
}
