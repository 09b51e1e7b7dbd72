package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** PUB of JeroMQ that blocks where it would drop, and SUB sockets, each with a thread. */
final class JeroMqPubSub implements PublishContender {

  @Override
  public int publish(int size, int subscribers) {
    ZContext context = new ZContext();
    ZMQ.Socket socket = context.createSocket(SocketType.PUB);
    socket.setSndHWM(Contender.HIGH_WATER_MARK);
    socket.setXpubNoDrop(true);
    int port = socket.bindToRandomPort("tcp://127.0.0.1");
    Threads.start(
        "publisher",
        () -> {
          for (long number = 0; socket.send(Deliveries.message(size, number)); number++) {
            // send waits while the queue of any subscriber is full
          }
        });
    return port;
  }

  @Override
  public void subscribe(int port, Deliveries deliveries) {
    ZContext context = new ZContext();
    List<ZMQ.Socket> sockets = new ArrayList<>();
    for (int i = 0; i < deliveries.subscribers(); i++) {
      ZMQ.Socket socket = context.createSocket(SocketType.SUB);
      socket.setRcvHWM(Contender.HIGH_WATER_MARK);
      socket.subscribe(Deliveries.TOPIC);
      socket.connect("tcp://127.0.0.1:" + port);
      sockets.add(socket);
    }
    for (int i = 0; i < sockets.size(); i++) {
      int subscriber = i;
      Threads.start(
          "subscriber-" + i, () -> receive(sockets.get(subscriber), subscriber, deliveries));
    }
  }

  private static void receive(ZMQ.Socket socket, int subscriber, Deliveries deliveries) {
    for (; ; ) {
      deliveries.count(subscriber, socket.recv());
    }
  }
}
