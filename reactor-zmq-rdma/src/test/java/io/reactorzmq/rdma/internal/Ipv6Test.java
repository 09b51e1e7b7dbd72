package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.SocketTest;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What UCX 1.13 does not survive is not done: to be dialled by IPv6. */
class Ipv6Test extends SocketTest {

  @Test
  void anAddressOfIpv6IsRefusedAtTheCall() {
    assertThatThrownBy(() -> Zmq.pull().bind("rdma://[::1]:0"))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("rdma://[::1]:0")
        .hasMessageContaining("IPv4");
    assertThatThrownBy(() -> Zmq.push().connect("rdma://[::1]:5555"))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("IPv4");
  }

  @Test
  void whoComesToAWildcardByIpv6IsToldThatThereIsNoPort() throws IOException {
    assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null);
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind("rdma://*:*"));
    try (Socket visitor =
        new Socket(Inet6Address.getByName("::1"), pull.endpoints().get(0).port())) {
      DataInputStream in = new DataInputStream(visitor.getInputStream());
      byte[] greeting = new byte[3 + 21];
      in.readFully(greeting);
      assertThat(greeting[14]).isZero();
      assertThat(greeting[15]).isZero();
    }
  }

  @Test
  void aWildcardIsReachedByIpv4AndByTheWildcardItself() {
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind("rdma://*:*"));
    Queue<String> received = collect(pull);
    int port = pull.endpoints().get(0).port();
    for (String host : new String[] {"127.0.0.1", "0.0.0.0", "localhost"}) {
      PushSocket<String> push =
          open(Zmq.push().codec(Codec.utf8()).connect("rdma://" + host + ":" + port));
      push.send(host).block(SOON);
      closeClean(push);
    }
    awaitSize(received, 3);
    assertThat(received).containsExactly("127.0.0.1", "0.0.0.0", "localhost");
  }
}
