package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.FeedMain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;

/** A feed and its subscribers in processes of their own, one of which is stopped for a while. */
class RealProcessSubscriberTest {

  private static final String TINY = "-Xmx64m -XX:MaxDirectMemorySize=64m";

  private final List<ChildJvm> children = new ArrayList<>();

  @AfterEach
  void endChildren() {
    children.forEach(ChildJvm::close);
  }

  private ChildJvm start(String options, Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = String.valueOf(arguments[i]);
    }
    ChildJvm child = ChildJvm.start(List.of(options.split(" ")), FeedMain.class, texts);
    children.add(child);
    return child;
  }

  private static String line(ChildJvm child, String beginning, Duration within) {
    await("line '" + beginning + "' of " + child.lines())
        .atMost(within)
        .until(() -> child.lines().stream().anyMatch(line -> line.startsWith(beginning)));
    return child.lines().stream().filter(l -> l.startsWith(beginning)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @EachTransport("tcp")
  @DisplayName(
      "T23 One stalled subscriber: publish never blocks, only its messages drop, the fast one gets"
          + " 100%, memory stays bounded, drops are counted")
  void aStoppedSubscriberLearnsExactlyWhatItMissed(String transport) {
    stopOne(transport, 600_000, 200, Duration.ofSeconds(2));
  }

  /** The same for as long as an operator's lunch; the publisher has no memory to spare. */
  @ParameterizedTest
  @EachTransport("tcp")
  @Tag("full")
  void aSubscriberIsStoppedForTenMillionMessages(String transport) {
    stopOne(transport, 10_000_000, 500, Duration.ofSeconds(20));
  }

  private void stopOne(String transport, int count, int perMillisecond, Duration atLeast) {
    int highWaterMark = 40_000;
    ChildJvm pub =
        start(TINY, "pub", transport + "://127.0.0.1:0", count, perMillisecond, highWaterMark);
    String endpoint = line(pub, "bound ", Duration.ofSeconds(15)).substring("bound ".length());
    ChildJvm goesOn = start("-Xmx128m", "sub", endpoint, highWaterMark);
    ChildJvm stopped = start("-Xmx128m", "sub", endpoint, 1000);
    line(stopped, "began", Duration.ofSeconds(15));
    stopped.freeze();
    long frozen = System.nanoTime();
    String published = line(pub, "published", Duration.ofSeconds(120));
    assertThat(published).startsWith("published, 0 failed");
    await().until(() -> System.nanoTime() - frozen > atLeast.toNanos());
    stopped.thaw();
    String[] dropped = line(pub, "dropped", Duration.ofSeconds(30)).split(" ");
    assertThat(dropped).hasSize(3);
    assertThat(dropped[1]).as("by the one that went on").isEqualTo("0");
    long missed = Long.parseLong(dropped[2]);
    assertThat(missed).isGreaterThan(count / 3);
    assertThat(line(goesOn, "received", Duration.ofSeconds(15)))
        .isEqualTo("received " + count + " missed 0");
    assertThat(line(stopped, "received", Duration.ofSeconds(15)))
        .isEqualTo("received " + (count - missed) + " missed " + missed);
    System.out.println(published + ", the stopped one missed " + missed);
  }
}
