package io.reactorzmq.rdma.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.transport.TransportConnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What connections and event loops leave behind, which is nothing. */
class LeakTest {

  private static long descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Set<Long> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::threadId)
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tcp"})
  void threeHundredConnections(String transports) {
    connections(transports, 300);
  }

  @Test
  @Tag("full")
  @Timeout(1800)
  void tenThousandConnections() {
    connections("", 10_000);
  }

  private static void connections(String transports, int n) {
    RdmaOptions options = RdmaOptions.defaults().rendezvousThreshold(50_000);
    if (!transports.isEmpty()) {
      options = options.transports(transports);
    }
    try (Ground ground = new Ground(options)) {
      Ground.Door door = ground.bind();
      for (int i = 0; i < 10; i++) {
        openAndClose(ground, door, i);
      }
      ground.awaitNothingHeld();
      ground.awaitNoMemory();
      long descriptors = descriptors();
      Set<Long> threads = threads();

      for (int i = 0; i < n; i++) {
        openAndClose(ground, door, i);
        if (i % 500 == 499) {
          ground.awaitNothingHeld();
        }
      }

      ground.awaitNothingHeld();
      ground.awaitNoMemory();
      Ground.patiently()
          .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 2));
      assertThat(threads).as("threads before").containsAll(added(threads()));
    }
  }

  /** Those of JUnit's and the JVM's own come and go; ours have these names. */
  private static Set<Long> added(Set<Long> now) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().contains("EventLoop"))
        .map(Thread::threadId)
        .filter(now::contains)
        .collect(Collectors.toSet());
  }

  /** Ways to end: by either side, in order, cut, and with something under way. */
  private static void openAndClose(Ground ground, Ground.Door door, int i) {
    RdmaConnection dialled = ground.connect(door.endpoint());
    RdmaConnection accepted = door.next();
    if (i % 2 == 0) {
      Taken taken = Taken.of(accepted);
      Taken.of(dialled);
      dialled.sendFrame(1, ground.frame(0, 100));
      accepted.sendFrame(1, ground.frame(0, 100_000));
      Ground.patiently().until(() -> taken.count() == 1);
    }
    switch (i % 5) {
      case 0 -> dialled.dispose();
      case 1 -> accepted.dispose();
      case 2 -> {
        dialled.closeGracefully();
        accepted.closeGracefully();
      }
      case 3 -> dialled.closeWithError(new IllegalStateException("says the test"));
      default -> {
        dialled.dispose();
        accepted.dispose();
      }
    }
    if (i % 5 == 2 && i % 2 != 0) {
      dialled.dispose();
    }
    ground.forget(dialled, accepted);
    for (TransportConnection connection : List.of(dialled, accepted)) {
      connection.onClose().onErrorComplete().block(Ground.LONG);
    }
  }

  @Test
  void theWorkerOfALoopThatEndsIsTakenByTheNextOne() {
    RdmaOptions options = RdmaOptions.defaults().transports("tcp").rendezvousThreshold(77_777);
    once(options);
    int given = LoopNumbers.given();
    long descriptors = descriptors();
    for (int i = 0; i < 20; i++) {
      once(options);
    }
    assertThat(LoopNumbers.given()).as("workers of UCX").isEqualTo(given);
    Ground.patiently()
        .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 4));
  }

  private static void once(RdmaOptions options) {
    try (Ground ground = new Ground(options)) {
      ground.assertWorks(ground.pair());
    }
  }

  @Test
  void otherOptionsNeedAWorkerOfTheirOwn() {
    RdmaOptions options = RdmaOptions.defaults().transports("tcp").rendezvousThreshold(77_776);
    once(options);
    int given = LoopNumbers.given();
    // these are not UCX's
    once(options.queueDepth(3).windowBytes(2_000_000));
    assertThat(LoopNumbers.given()).isEqualTo(given);
    once(options.rendezvousThreshold(77_775));
    assertThat(LoopNumbers.given()).isEqualTo(given + 2);
  }

  @Test
  void aLoopThatEndsTakesItsConnectionsWithIt() {
    RdmaOptions options = RdmaOptions.defaults().rendezvousThreshold(50_001);
    once(options);
    int given = LoopNumbers.given();
    for (int i = 0; i < 5; i++) {
      Ground ground = new Ground(options);
      List<RdmaConnection> connections = new ArrayList<>();
      Ground.Door door = ground.bind();
      for (int k = 0; k < 10; k++) {
        RdmaConnection dialled = ground.connect(door.endpoint());
        RdmaConnection accepted = door.next();
        Taken.of(accepted);
        connections.add(dialled);
        connections.add(accepted);
        ByteBuf frame = ground.frame(k, 200_000);
        dialled.sendFrame(1, frame);
      }
      List<UcxLoop> loops = List.of(ground.ucx(ground.bound()), ground.ucx(ground.dialling()));
      ground.endLoops();
      // nobody drives it any more, so what UCX still had would stay with it
      assertThat(loops).extracting(UcxLoop::held).containsOnly(new UcxLoop.Held(0, 0, 0, 0));
      for (RdmaConnection connection : connections) {
        connection.onClose().onErrorComplete().block(Ground.LONG);
      }
      ground.awaitNoMemory();
      assertThat(UcxLoops.known(ground.bound())).isNull();
      assertThat(UcxLoops.known(ground.dialling())).isNull();
    }
    assertThat(LoopNumbers.given()).as("workers of UCX").isEqualTo(given);
  }

  @Test
  void aLoopThatEndsBeginsWithUcxNoMore() {
    Ground ground = new Ground();
    EventLoop loop = ground.bound();
    int given = LoopNumbers.given();
    Ground.run(
        loop,
        () -> {
          loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
          assertThatThrownBy(() -> UcxLoops.of(ground.context(loop)))
              .hasMessage("the event loop has ended");
        });
    assertThat(UcxLoops.known(loop)).isNull();
    assertThat(LoopNumbers.given()).as("workers of UCX").isEqualTo(given);
    ground.endLoops();
  }

  /** The strangers are a process of their own, as UCX 1.13 does not always survive them in one. */
  @Test
  void whoDialsWhileTheLoopEndsIsNoHindrance() {
    RdmaOptions options = RdmaOptions.defaults().transports("tcp").rendezvousThreshold(50_002);
    once(options);
    int given = LoopNumbers.given();
    long descriptors = descriptors();
    try (ChildJvm strangers = ChildJvm.start(Strangers.class)) {
      for (int i = 0; i < 5; i++) {
        Ground ground = new Ground(options);
        int port = RawUcx.greeting(ground.bind().endpoint()).port();
        strangers.say(String.valueOf(port));
        strangers.awaitLine("dialling " + (i + 1));
        ground.endLoops();
        strangers.say("close");
        strangers.awaitLine("closed " + (i + 1));
      }
    }
    for (int i = LoopNumbers.given() - given; i >= 0; i--) {
      once(options); // takes those whom the loop before did not accept any more
    }
    assertThat(LoopNumbers.given()).as("workers of UCX").isLessThanOrEqualTo(given + 1);
    Ground.patiently()
        .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 4));
  }

  /** Dials the port of UCX that it is told again and again, and closes all when it is told to. */
  static final class Strangers {

    public static void main(String[] arguments) throws IOException {
      RdmaOptions options = RdmaOptions.defaults().transports("tcp");
      try (Ground ground = new Ground(options);
          BufferedReader told = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
        UcxLoop dialler = ground.ucx(ground.dialling());
        int times = 0;
        for (String port; (port = told.readLine()) != null; ) {
          System.out.println("dialling " + ++times);
          List<RawUcx> strangers = new ArrayList<>();
          while (!told.ready()) {
            strangers.add(RawUcx.dial(dialler, Integer.parseInt(port)));
          }
          told.readLine();
          strangers.forEach(RawUcx::close);
          System.out.println("closed " + times);
        }
      }
    }
  }
}
