package io.reactorzmq.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.testing.ChildJvm;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * UCX 1.13 ends the process if the number of a socket that it has just closed goes to another event
 * loop before its own thread has seen that; see docs/rdma.md. So this has a process of its own.
 */
@Tag("full")
class ChurnTest {

  private static final int THREADS = 8;
  private static final int ROUNDS = 500;

  @Test
  void sixteenThousandConnectionsOnLoopsThatComeAndGo() {
    try (ChildJvm child =
        ChildJvm.start(
            List.of("-Xmx512m"),
            ChurnMain.class,
            String.valueOf(THREADS),
            String.valueOf(ROUNDS))) {
      child.awaitEnd(Duration.ofMinutes(15));
      assertThat(child.lines()).as("it was not aborted").contains("done");
    }
  }
}
