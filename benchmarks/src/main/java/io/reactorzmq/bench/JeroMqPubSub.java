package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** PUB of JeroMQ that blocks where it would drop, and SUB sockets; the topic begins the message. */
final class JeroMqPubSub implements PublishContender {

  /** What one socket may give before the next one is asked. */
  private static final int TURN = 1000;

  private final boolean threads;

  /**
   * Creates a contender.
   *
   * @param threads true for a receiving thread for each SUB socket, false for one for all of them
   */
  JeroMqPubSub(boolean threads) {
    this.threads = threads;
  }

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
    if (threads) {
      for (int i = 0; i < sockets.size(); i++) {
        int subscriber = i;
        Threads.start(
            "subscriber-" + i, () -> receive(sockets.get(subscriber), subscriber, deliveries));
      }
    } else {
      Threads.start("subscribers", () -> receive(context, sockets, deliveries));
    }
  }

  private static void receive(ZMQ.Socket socket, int subscriber, Deliveries deliveries) {
    for (; ; ) {
      deliveries.count(subscriber, socket.recv());
    }
  }

  /** Asks each in turn without waiting, and polls only when none has anything. */
  private static void receive(ZContext context, List<ZMQ.Socket> sockets, Deliveries deliveries) {
    ZMQ.Poller poller = context.createPoller(sockets.size());
    sockets.forEach(socket -> poller.register(socket, ZMQ.Poller.POLLIN));
    for (; ; ) {
      boolean any = false;
      for (int i = 0; i < sockets.size(); i++) {
        ZMQ.Socket socket = sockets.get(i);
        byte[] message;
        for (int n = 0; n < TURN && (message = socket.recv(ZMQ.DONTWAIT)) != null; n++) {
          deliveries.count(i, message);
          any = true;
        }
      }
      if (!any) {
        poller.poll(-1);
      }
    }
  }
}
