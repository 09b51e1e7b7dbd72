package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.peer.EngineGroup;
import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.ZmqResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The engines of one socket share what it may hold of what arrives. */
class SharedBudgetTest {

  private static final int MIB = 1024 * 1024;

  @Test
  void eachEngineHasItsShare() {
    ZmqResources resources = ZmqResources.builder().eventLoops(2).build();
    SocketConfig config = new SocketConfig(Role.REQ);
    config.resources(resources);
    config.connections = 4;
    config.receiveBudgetBytes = 64 * MIB;
    List<ReceiveBudget> budgets = new ArrayList<>();
    RequestTeam<Message, Message> team = new RequestTeam<>();
    new EngineGroup<>(
        config,
        host -> {
          budgets.add(host.budget());
          return new RequestFlow<>(
              host,
              Codec.message(),
              Codec.message(),
              config.sendBounds(),
              config.bulkThreshold,
              config.limits(),
              config.window(),
              team);
        });
    assertThat(budgets)
        .hasSize(4)
        .doesNotHaveDuplicates()
        .allMatch(budget -> budget.tryGrowWindow(4 * MIB)) // a quarter of it is for windows
        .noneMatch(budget -> budget.tryGrowWindow(1));
    resources.disposeLater().block(Duration.ofSeconds(15));
  }
}
