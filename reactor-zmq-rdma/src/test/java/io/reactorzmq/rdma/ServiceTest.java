package io.reactorzmq.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A program that has the jar on its class path has the transport. */
class ServiceTest {

  @Test
  void theTransportIsFound() {
    assertThat(ServiceLoader.load(Transport.class))
        .filteredOn(transport -> transport instanceof RdmaTransport)
        .singleElement()
        .satisfies(transport -> assertThat(transport.schemes()).isEqualTo(Set.of("rdma")));
  }

  @Test
  void itStandsBesideTcpAndNothingElse() {
    RdmaTransport transport = new RdmaTransport();
    assertThat(transport.alternateTo(Endpoint.parse("tcp://10.1.2.3:5555")))
        .isEqualTo(Endpoint.parse("rdma://10.1.2.3:0"));
    assertThat(transport.alternateTo(Endpoint.parse("inproc://name"))).isNull();
    assertThat(transport.alternateTo(Endpoint.parse("rdma://10.1.2.3:5555"))).isNull();
  }
}
