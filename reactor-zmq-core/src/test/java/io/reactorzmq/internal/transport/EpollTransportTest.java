package io.reactorzmq.internal.transport;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on native event loops. */
@EnabledIf("available")
class EpollTransportTest implements TcpContract {

  static boolean available() {
    return Epoll.isAvailable();
  }

  @Override
  public Rig rig() {
    return new Rig(new TcpTransport(), "tcp://127.0.0.1:0", EpollIoHandler.newFactory());
  }
}
