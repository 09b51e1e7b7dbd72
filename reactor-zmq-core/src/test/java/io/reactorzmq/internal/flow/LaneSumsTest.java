package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Sinks.EmitResult;

/** Whatever happens, what a subscriber got and what it is told to have missed is everything. */
class LaneSumsTest {

  private final PublishRig rig = new PublishRig();

  static List<String> runs() {
    List<String> runs = new ArrayList<>();
    for (OverflowPolicy policy : OverflowPolicy.values()) {
      for (OverflowPolicy local : OverflowPolicy.values()) {
        if (policy != OverflowPolicy.DISCONNECT && local != OverflowPolicy.DISCONNECT) {
          for (int seed = 1; seed <= 8; seed++) {
            runs.add(policy + "," + local + "," + seed);
          }
        }
      }
    }
    return runs;
  }

  @ParameterizedTest
  @MethodSource("runs")
  void whatIsReceivedAndWhatIsMissedIsAll(String run) {
    String[] parts = run.split(",");
    check(
        OverflowPolicy.valueOf(parts[0]),
        OverflowPolicy.valueOf(parts[1]),
        new Random(Long.parseLong(parts[2])));
  }

  private void check(OverflowPolicy policy, OverflowPolicy local, Random random) {
    Pub<String> pub = rig.pub(Codec.utf8(), policy, 5, 500, 1000);
    List<Receiver> receivers = new ArrayList<>();
    List<PublishRigLine> lines = new ArrayList<>();
    List<Sub<String>> subs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Sub<String> sub = sub(local, random);
      subs.add(sub);
      lines.add(rig.connect(pub, sub));
      receivers.add(sub.receive(0, "t"));
      receivers.add(sub.receive(0));
    }
    long accepted = 0;
    for (int step = 0; step < 600; step++) {
      switch (random.nextInt(8)) {
        case 0, 1, 2, 3 -> {
          int size = random.nextInt(20) == 0 ? 2 * PublishRig.FRAME : random.nextInt(200);
          String text = Values.text('x', size);
          if (pub.flow.tryPublish("t" + random.nextInt(8), text) == EmitResult.OK) {
            accepted++;
          }
        }
        case 4 -> receivers.get(random.nextInt(6)).request(1 + random.nextInt(4));
        case 5 -> lines.get(random.nextInt(3)).holdCredit();
        case 6 -> lines.get(random.nextInt(3)).release();
        default -> rig.loop.run();
      }
    }
    receivers.forEach(receiver -> receiver.request(Long.MAX_VALUE));
    lines.forEach(PublishRigLine::release);
    rig.loop.run();
    assertThat(pub.flow.tryPublish("tlast", "last")).isEqualTo(EmitResult.OK);
    accepted++;
    rig.loop.run();
    for (Receiver receiver : receivers) {
      assertThat(receiver.heard).last().asString().startsWith("tlast:last");
      assertThat(receiver.heard.size() + receiver.missed()).isEqualTo(accepted);
    }
    for (int i = 0; i < 3; i++) {
      PublishRigLine line = lines.get(i);
      assertThat(line.pub.failures).isEmpty();
      assertThat(line.sub.failures).isEmpty();
      assertThat(line.sub.peer.missed()).isEqualTo(line.pub.peer.dropped());
      assertThat(line.sub.peer.received() + line.sub.peer.missed()).isEqualTo(accepted);
      assertThat(subs.get(i).counters().missed()).isEqualTo(line.pub.peer.dropped());
      if (local == OverflowPolicy.WAIT) {
        assertThat(subs.get(i).counters().dropped()).isZero();
      }
    }
    if (policy == OverflowPolicy.WAIT) {
      assertThat(pub.counters().dropped()).isZero();
    }
    rig.close();
  }

  private Sub<String> sub(OverflowPolicy local, Random random) {
    Limits limits = new Limits(1 + random.nextInt(4), PublishRig.FRAME, 0, 0);
    return rig
    .new Sub<>(
        Codec.utf8(),
        text -> text,
        local,
        new LaneBounds(4, 400),
        OnUndecodable.SKIP,
        limits,
        1 + random.nextInt(3));
  }
}
