package io.reactorzmq.bench;

import java.util.List;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** JeroMQ as its guide shows it: one thread sends in a loop, one receives in a loop. */
final class JeroMqContender implements Contender {

  @Override
  public int receive(Counter counter) {
    ZContext context = new ZContext();
    ZMQ.Socket socket = context.createSocket(SocketType.PULL);
    socket.setRcvHWM(HIGH_WATER_MARK);
    int port = socket.bindToRandomPort("tcp://127.0.0.1");
    Threads.start(
        "receiver",
        () -> {
          for (; ; ) {
            counter.count(socket.recv());
          }
        });
    return port;
  }

  @Override
  public void send(List<Integer> ports, Ring ring) {
    try (ZContext context = new ZContext()) {
      ZMQ.Socket socket = context.createSocket(SocketType.PUSH);
      socket.setSndHWM(HIGH_WATER_MARK);
      ports.forEach(port -> socket.connect("tcp://127.0.0.1:" + port));
      for (long number = 0; socket.send(ring.get(number)); number++) {
        // send waits while the queue is full
      }
    }
  }
}
