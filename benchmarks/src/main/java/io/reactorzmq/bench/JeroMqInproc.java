package io.reactorzmq.bench;

import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** Sockets of one context of JeroMQ, each with a thread. */
final class JeroMqInproc implements InprocContender {

  private static final String ADDRESS = "inproc://bench";

  @Override
  public void push(Counter counter, Ring ring) {
    ZContext context = new ZContext();
    ZMQ.Socket pull = context.createSocket(SocketType.PULL);
    pull.setRcvHWM(Contender.HIGH_WATER_MARK);
    pull.bind(ADDRESS);
    Threads.start(
        "receiver",
        () -> {
          for (; ; ) {
            counter.count(pull.recv());
          }
        });
    ZMQ.Socket push = context.createSocket(SocketType.PUSH);
    push.setSndHWM(Contender.HIGH_WATER_MARK);
    push.connect(ADDRESS);
    for (long number = 0; push.send(ring.get(number)); number++) {
      // send waits while the queue is full
    }
  }

  @Override
  public void request(Answers answers, int size) {
    ZContext context = new ZContext();
    ZMQ.Socket replier = context.createSocket(SocketType.ROUTER);
    replier.bind(ADDRESS);
    Threads.start(
        "replier",
        () -> {
          for (; ; ) {
            replier.sendMore(replier.recv());
            replier.send(replier.recv());
          }
        });
    ZMQ.Socket requester = context.createSocket(SocketType.DEALER);
    requester.connect(ADDRESS);
    for (long number = 0; ; number++) {
      byte[] request = new byte[size];
      long begun = answers.number(request, number);
      requester.send(request);
      answers.answered(requester.recv(), number, begun);
    }
  }
}
