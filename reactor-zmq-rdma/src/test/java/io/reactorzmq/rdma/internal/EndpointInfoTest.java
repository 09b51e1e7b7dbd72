package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.rdma.RdmaOptions;
import org.junit.jupiter.api.Test;

/** What is read out of the text by which UCX describes an endpoint. */
class EndpointInfoTest {

  @Test
  void aDeviceWithOneLane() {
    assertThat(
            EndpointInfo.transport(
                """
                #
                # UCP endpoint 0x7f0e9c0e2000
                #
                #               peer: 10.0.2.15:41514
                #                 lane[0]:  3:rc_verbs/rxe0:1.0 md[2]         -> md[2]/ib/sysdev[255]     am am_bw#0 wireup
                #
                #               tag_send: 0..<egr/short>..87..<egr/bcopy>..1024..<egr/zcopy>..7643..<rndv>..(inf)
                #
                """))
        .isEqualTo("rdma (rc_verbs/rxe0:1)");
  }

  @Test
  void eachLaneIsToldOnce() {
    assertThat(
            EndpointInfo.transport(
                """
                #               peer: <no debug data>
                #                 lane[0]:  0:tcp/lo.0 md[0]              -> md[0]/tcp/sysdev[255]     am am_bw#0 wireup
                #                 lane[1]:  0:tcp/lo.0 md[0]              -> md[0]/tcp/sysdev[255]     rma_bw#0
                """))
        .isEqualTo("rdma (tcp/lo)");
  }

  @Test
  void severalTransportsInTheirOrder() {
    assertThat(
            EndpointInfo.transport(
                """
                #                 lane[0]: 13:rc_mlx5/mlx5_0:1.0 md[4]         -> md[4]/ib/sysdev[0]     am am_bw#0 wireup
                #                 lane[1]:  1:sysv/memory.0 md[1]            -> md[1]/sysv/sysdev[255] rma_bw#0
                #                 lane[10]: 14:dc_mlx5/mlx5_1:1.1 md[5]         -> md[5]/ib/sysdev[1]     rma_bw#1
                #                 lane[2]:  5:cma/memory.0 md[3] -> md[3]/cma/sysdev[255] rma_bw#1
                """))
        .isEqualTo("rdma (rc_mlx5/mlx5_0:1, sysv/memory, dc_mlx5/mlx5_1:1, cma/memory)");
  }

  @Test
  void aLaneWithoutTheNumberOfItsResource() {
    // as UCX prints a lane of the connection manager, and as it may print others later
    assertThat(
            EndpointInfo.transport(
                """
                #                 lane[0]: cm rdmacm
                #                 lane[1]: rc_verbs/mlx5_0:1.0 md[2] -> md[2]
                """))
        .isEqualTo("rdma (rc_verbs/mlx5_0:1)");
  }

  @Test
  void nothingThatIsUnderstood() {
    assertThat(EndpointInfo.transport("")).isEqualTo("rdma");
    assertThat(EndpointInfo.transport("# UCP endpoint lane[x]: nothing")).isEqualTo("rdma");
  }

  @Test
  void whatThisUcxSaysIsUnderstood() {
    try (Ground ground = new Ground(RdmaOptions.defaults().transports("tcp"))) {
      Ground.Pair pair = ground.pair();
      ground.assertWorks(pair);
      assertThat(Ground.on(ground.dialling(), () -> pair.dialled().transport()))
          .startsWith("rdma (tcp/");
      assertThat(Ground.on(ground.bound(), () -> pair.accepted().transport()))
          .startsWith("rdma (tcp/");
    }
  }

  @Test
  void ofAClosedConnectionNothingIsSaid() {
    try (Ground ground = new Ground()) {
      Ground.Pair pair = ground.pair();
      pair.dialled().dispose();
      Ground.patiently().until(() -> pair.accepted().isDisposed());
      ground.awaitNothingHeld();
      assertThat(Ground.on(ground.dialling(), () -> pair.dialled().transport())).isEqualTo("rdma");
    }
  }
}
