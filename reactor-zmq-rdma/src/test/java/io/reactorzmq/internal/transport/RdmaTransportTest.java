package io.reactorzmq.internal.transport;

import io.netty.channel.epoll.EpollIoHandler;
import io.reactorzmq.rdma.RdmaTransport;

/** The contract of transports over UCX. */
class RdmaTransportTest implements TransportContract {

  /** Where to bind; in a machine with a device, an address of that device. */
  static final String HOST = System.getProperty("zmq.test.rdma.host", "127.0.0.1");

  @Override
  public Rig rig() {
    return new Rig(new RdmaTransport(), "rdma://" + HOST + ":0", EpollIoHandler.newFactory());
  }
}
