package io.reactorzmq.bench;

import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** DEALER and ROUTER of JeroMQ, one thread each; answers come in the order of the requests. */
final class JeroMqRequests implements RequestContender {

  @Override
  public int reply(int outstanding) {
    ZMQ.Socket socket = socket(new ZContext(), SocketType.ROUTER);
    int port = socket.bindToRandomPort("tcp://127.0.0.1");
    Threads.start(
        "replier",
        () -> {
          for (; ; ) {
            socket.sendMore(socket.recv());
            socket.send(socket.recv());
          }
        });
    return port;
  }

  @Override
  public void request(int port, Answers answers, int size, int outstanding) {
    try (ZContext context = new ZContext()) {
      ZMQ.Socket socket = socket(context, SocketType.DEALER);
      socket.connect("tcp://127.0.0.1:" + port);
      long[] begun = new long[outstanding];
      for (int i = 0; i < outstanding; i++) {
        begun[i] = send(socket, answers, size, i);
      }
      for (long number = 0; ; number++) {
        int place = (int) (number % outstanding);
        answers.answered(socket.recv(), number, begun[place]);
        begun[place] = send(socket, answers, size, number + outstanding);
      }
    }
  }

  /** An array of its own for each: JeroMQ may still hold it when this returns. */
  private static long send(ZMQ.Socket socket, Answers answers, int size, long number) {
    byte[] message = new byte[size];
    long begun = answers.number(message, number);
    socket.send(message);
    return begun;
  }

  /**
   * No high-water mark, the unanswered requests are bound enough: a ROUTER drops what is beyond.
   */
  private static ZMQ.Socket socket(ZContext context, SocketType type) {
    ZMQ.Socket socket = context.createSocket(type);
    socket.setHWM(0);
    return socket;
  }
}
