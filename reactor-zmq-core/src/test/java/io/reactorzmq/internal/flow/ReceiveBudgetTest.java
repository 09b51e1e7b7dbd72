package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who gets a share of the budget, and who is watched. */
class ReceiveBudgetTest {

  private final ManualLoop loop = new ManualLoop();

  /** 100 bytes for windows, 300 for assemblies. */
  private final ReceiveBudget budget =
      new ReceiveBudget(
          loop, 400, Duration.ofSeconds(4), Duration.ofSeconds(20), loop.ticker()::nanoTime);

  private final List<String> log = new ArrayList<>();

  // ---- windows

  @Test
  void aQuarterIsForWindows() {
    assertThat(budget.tryGrowWindow(101)).isFalse();
    assertThat(budget.windowsUsed()).isZero();
    assertThat(budget.tryGrowWindow(60)).isTrue();
    assertThat(budget.tryGrowWindow(41)).isFalse();
    assertThat(budget.tryGrowWindow(40)).isTrue();
    assertThat(budget.windowsUsed()).isEqualTo(100);
    assertThat(budget.tryGrowWindow(0)).isTrue();
    budget.releaseWindow(60, () -> {});
    assertThat(budget.windowsUsed()).isEqualTo(40);
  }

  @Test
  void ofThatAQuarterIsForWindowsThatAreWideAlready() {
    assertThat(budget.tryWidenWindow(26)).isFalse();
    assertThat(budget.tryWidenWindow(20)).isTrue();
    assertThat(budget.tryWidenWindow(6)).isFalse();
    assertThat(budget.tryWidenWindow(5)).isTrue();
    assertThat(budget.tryGrowWindow(75)).isTrue();
    assertThat(budget.windowsUsed()).isEqualTo(100);
  }

  @Test
  void whoWaitsForAWindowIsAskedInOrderWhenSomeComeFree() {
    budget.tryGrowWindow(100);
    Runnable first = () -> log.add("first");
    Runnable second = () -> log.add("second");
    budget.awaitWindow(first);
    budget.awaitWindow(second);

    budget.releaseWindow(0, () -> {});
    assertThat(log).as("nothing came free").isEmpty();
    budget.releaseWindow(10, () -> {});
    assertThat(log).containsExactly("first", "second");
    budget.releaseWindow(10, () -> {});
    assertThat(log).as("they did not ask again").hasSize(2);
  }

  @Test
  void whoWaitsInVainMayWaitAgainAndWhoLeavesIsForgotten() {
    budget.tryGrowWindow(100);
    Runnable[] again = new Runnable[1];
    again[0] =
        () -> {
          log.add("again");
          budget.awaitWindow(again[0]);
        };
    Runnable gone = () -> log.add("gone");
    budget.awaitWindow(gone);
    budget.awaitWindow(again[0]);

    budget.releaseWindow(10, gone);
    assertThat(log).containsExactly("again");
    budget.releaseWindow(10, () -> {});
    assertThat(log).containsExactly("again", "again");
  }

  // ---- admission

  @Test
  void threeQuartersAreForAssemblies() {
    request("a", 200);
    request("b", 100);
    request("c", 1);
    assertThat(log).containsExactly("a admitted", "b admitted");
    assertThat(budget.assembliesUsed()).isEqualTo(300);
  }

  @Test
  void admissionIsFirstComeFirstServed() {
    Fake a = request("a", 200);
    request("b", 200);
    request("c", 50);
    assertThat(log).as("c would fit, and b was first").containsExactly("a admitted");

    budget.completed(a);
    assertThat(log).as("complete, and not taken").hasSize(1);
    budget.release(200);
    assertThat(log).containsExactly("a admitted", "b admitted", "c admitted");
    assertThat(budget.assembliesUsed()).isEqualTo(250);
  }

  @Test
  void oneLargerThanTheShareIsAdmittedAlone() {
    Fake large = request("large", 1000);
    assertThat(log).containsExactly("large admitted");
    request("small", 1);
    request("larger", 2000);
    assertThat(log).hasSize(1);

    budget.completed(large);
    budget.release(1000);
    assertThat(log).containsExactly("large admitted", "small admitted");
    budget.release(1);
    assertThat(log).hasSize(3).last().isEqualTo("larger admitted");
    assertThat(budget.assembliesUsed()).isEqualTo(2000);
  }

  @Test
  void oneLargerThanTheShareWaitsForAll() {
    Fake small = request("small", 1);
    request("large", 300);
    assertThat(log).containsExactly("small admitted");
    budget.completed(small);
    budget.release(1);
    assertThat(log).hasSize(2);
  }

  @Test
  void whoIsGivenUpMakesRoom() {
    Fake a = request("a", 300);
    Fake b = request("b", 200);
    request("c", 100);
    budget.abandon(b);
    assertThat(budget.assembliesUsed()).isEqualTo(300);
    budget.abandon(a);
    assertThat(log).containsExactly("a admitted", "c admitted");
    assertThat(budget.assembliesUsed()).isEqualTo(100);
    budget.abandon(a);
    assertThat(budget.assembliesUsed()).as("once").isEqualTo(100);
  }

  // ---- stalls

  @Test
  void whoStandsStillIsToldWhileOthersWait() {
    Fake a = request("a", 200);
    Fake fresh = request("fresh", 50);
    Fake waiting = request("waiting", 300);
    loop.advance(Duration.ofMillis(3900));
    assertThat(log).hasSize(2);
    fresh.progress = budget.now();
    loop.advance(Duration.ofMillis(100));
    assertThat(a.silence).isEqualTo(Duration.ofSeconds(4));
    assertThat(fresh.silence).isNull();
    assertThat(waiting.silence).as("it holds nothing").isNull();
  }

  @Test
  void whoStandsStillHasMoreTimeWhenNobodyWaits() {
    Fake a = request("a", 200);
    Fake waiting = request("waiting", 300);
    budget.abandon(waiting);
    loop.advance(Duration.ofMillis(19_900));
    assertThat(a.silence).isNull();
    loop.advance(Duration.ofMillis(100));
    assertThat(a.silence).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void whoIsToldMayGiveUpAtOnce() {
    Fake a = request("a", 150);
    Fake b = request("b", 150);
    Fake c = request("c", 300);
    a.onStalled = () -> budget.abandon(a);
    b.onStalled = () -> budget.abandon(b);
    loop.advance(Duration.ofSeconds(4));
    assertThat(log)
        .containsExactly("a admitted", "b admitted", "a stalled", "b stalled", "c admitted");
    assertThat(c.silence).isNull();
  }

  @Test
  void theTimerRunsOnlyWhileThereIsSomethingToWatch() {
    assertThat(loop.hasTimer()).isFalse();
    Fake a = request("a", 300);
    Fake b = request("b", 300);
    assertThat(loop.hasTimer()).isTrue();
    budget.completed(a);
    assertThat(loop.hasTimer()).as("b waits").isTrue();
    budget.release(300);
    budget.abandon(b);
    assertThat(loop.hasTimer()).isFalse();

    request("c", 1);
    assertThat(loop.hasTimer()).isTrue();
    loop.advance(Duration.ofSeconds(20));
    assertThat(log).endsWith("c stalled");
  }

  @Test
  void tinyTimeoutsAreWatchedToo() {
    ReceiveBudget impatient =
        new ReceiveBudget(loop, 400, Duration.ofNanos(1), Duration.ofNanos(1));
    Fake a = new Fake("a", 1);
    a.progress = impatient.now() - 1;
    impatient.request(a);
    loop.advance(Duration.ofMillis(1));
    assertThat(a.silence).isPositive();
  }

  private Fake request(String name, long size) {
    Fake fake = new Fake(name, size);
    fake.progress = budget.now();
    budget.request(fake);
    return fake;
  }

  private final class Fake implements ReceiveBudget.Assembly {
    private final String name;
    private final long size;
    long progress;
    Duration silence;
    Runnable onStalled = () -> {};

    Fake(String name, long size) {
      this.name = name;
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public long lastProgressNanos() {
      return progress;
    }

    @Override
    public void admitted() {
      log.add(name + " admitted");
      progress = budget.now();
    }

    @Override
    public void stalled(Duration silence) {
      log.add(name + " stalled");
      this.silence = silence;
      onStalled.run();
    }
  }
}
