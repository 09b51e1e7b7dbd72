package io.reactorzmq.bench;

import java.util.Map;
import java.util.TreeMap;

/** One way to ask another process over TCP and to be answered. */
interface RequestContender {

  /** Every contender by the name it is chosen by. */
  Map<String, RequestContender> ALL =
      new TreeMap<>(
          Map.of(
              "jeromq", new JeroMqRequests(),
              "grpc", new GrpcRequests(),
              "zmq-req", new ReqRepRequests(),
              "rsocket", new RSocketRequests()));

  /**
   * Starts to answer every request with its own bytes, and returns at once.
   *
   * @param outstanding requests that come at a time
   * @return the port it listens on
   */
  int reply(int outstanding);

  /**
   * Asks without end, with a number of requests unanswered at any time.
   *
   * @param port where the replier listens on the loopback interface
   * @param answers is told of every answer, by one thread at a time
   * @param size bytes of a request
   * @param outstanding unanswered requests
   * @throws InterruptedException if the calling thread is interrupted
   */
  void request(int port, Answers answers, int size, int outstanding) throws InterruptedException;
}
