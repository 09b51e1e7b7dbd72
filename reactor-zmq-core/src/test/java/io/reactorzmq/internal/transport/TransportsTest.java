package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import org.junit.jupiter.api.Test;

class TransportsTest {

  @Test
  void eachSchemeHasItsTransport() {
    assertThat(Transports.forEndpoint(Endpoint.parse("tcp://h:1")))
        .isInstanceOf(TcpTransport.class)
        .isSameAs(Transports.forEndpoint(Endpoint.parse("tcp://i:2")));
    assertThat(Transports.forEndpoint(Endpoint.parse("inproc://jobs")))
        .isInstanceOf(InprocTransport.class);
  }

  @Test
  void anUnknownSchemeNamesTheKnownOnes() {
    assertThatThrownBy(() -> Transports.forEndpoint(Endpoint.parse("udp://h:1")))
        .isInstanceOf(EndpointException.class)
        .hasMessage("endpoint 'udp://h:1' has the unknown scheme 'udp'; known here: inproc, tcp");
  }

  @Test
  void rdmaNamesItsJar() {
    assertThatThrownBy(() -> Transports.forEndpoint(Endpoint.parse("rdma://h:1")))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("add the jar reactor-zmq-rdma");
  }
}
