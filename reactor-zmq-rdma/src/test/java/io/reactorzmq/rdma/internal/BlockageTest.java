package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.rdma.RdmaTransport;
import io.reactorzmq.transport.TransportConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.util.retry.Retry;

/**
 * A peer that was killed amid a write into this side's shared memory. Here the test does what it
 * would have done: it takes the next place of the queue there, and never fills it.
 */
class BlockageTest {

  /** So that every test has workers of its own, which nobody can use any more afterwards. */
  private static final AtomicInteger THRESHOLD = new AtomicInteger(44_000);

  private static RdmaOptions options() {
    return RdmaOptions.defaults().rendezvousThreshold(THRESHOLD.getAndIncrement());
  }

  /** Where queues in shared memory lie that are this process's own. */
  private static List<Long> queues() {
    try {
      return Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.contains(" rw-s ") && line.matches(".*(/SYSV|/ucx_shm).*"))
          .map(line -> Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16))
          .filter(start -> Memory.getInt(start + 0x88) == ProcessHandle.current().pid())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The queues of what is started by a task. */
  private static List<Long> queuesOf(Runnable starts) {
    List<Long> before = queues();
    starts.run();
    List<Long> own = queues().stream().filter(start -> !before.contains(start)).toList();
    assertThat(own).as("queues in shared memory").isNotEmpty();
    return own;
  }

  private static void block(List<Long> queues) {
    // the number of the next place; the highest bit asks its writer to wake who reads
    queues.forEach(at -> Memory.putLong(at, Memory.getLong(at) + 1 & Long.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"bound, false", "dialling, false", "bound, true"})
  void endsTheConnectionsAndTheNextOnesWork(String side, boolean spins) {
    RdmaOptions options = spins ? options().spin(RdmaOptions.FOR_EVER) : options();
    try (Ground ground = new Ground(options)) {
      EventLoop loop = side.equals("bound") ? ground.bound() : ground.dialling();
      List<Long> queues = queuesOf(() -> ground.ucx(loop));
      Ground.Door door = ground.bind();
      RdmaConnection dialled = ground.connect(door.endpoint());
      RdmaConnection accepted = door.next();
      RdmaConnection silenced = side.equals("bound") ? accepted : dialled;
      RdmaConnection other = silenced == dialled ? accepted : dialled;
      Taken taken = Taken.of(silenced);
      Taken.of(other);
      other.sendFrame(1, ground.frame(1, 100));
      Ground.patiently().until(() -> taken.count() == 1);

      block(queues);
      other.sendFrame(1, ground.frame(2, 100));

      assertThat(taken.awaitError())
          .hasMessageContaining("killed")
          .hasMessageContaining("shared memory");
      assertThat(taken.count()).as("frames").isEqualTo(1);
      awaitEnd(other);
      RdmaConnection again = ground.connect(door.endpoint());
      ground.assertWorks(new Ground.Pair(again, door.next()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLoopWithoutConnectionsFindsOutAsWell(boolean fromTheLoopBefore) {
    RdmaOptions options = options();
    List<Long> queues;
    try (Ground before = new Ground(options)) {
      queues = queuesOf(() -> before.ucx(before.bound()));
      if (!fromTheLoopBefore) {
        Ground.Door door = before.bind();
        block(queues);
        assertComesThrough(before, door);
        return;
      }
    }
    block(queues);
    try (Ground ground = new Ground(options)) {
      assertComesThrough(ground, ground.bind());
    }
  }

  private static void assertComesThrough(Ground ground, Ground.Door door) {
    ground.connectTimeout = Duration.ofSeconds(1);
    RdmaConnection dialled =
        (RdmaConnection)
            new RdmaTransport()
                .connect(door.endpoint(), ground.context(ground.dialling()))
                .retryWhen(Retry.fixedDelay(100, Duration.ofMillis(100)))
                .block(Ground.LONG);
    ground.assertWorks(new Ground.Pair(dialled, door.next()));
    dialled.dispose();
    awaitEnd(dialled);
  }

  @Test
  void aPeerThatIsOnlySlowIsNone() {
    AtomicInteger status = new AtomicInteger(UcpStructs.ERR_BUSY);
    AtomicBoolean news = new AtomicBoolean();
    AtomicBoolean sending = new AtomicBoolean();
    Blockage blockage = new Blockage(status::get, news::get, sending::get);
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.isSuspected()).isTrue();
    assertThat(blockage.look()).isFalse();
    news.set(true); // of others, or its own
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.isSuspected()).isFalse();
    news.set(false);
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.look()).isFalse();
    status.set(UcpStructs.OK);
    assertThat(blockage.look()).isFalse();
    status.set(UcpStructs.ERR_BUSY);
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.look()).isFalse();
    blockage.heard(); // since it looked
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.look()).isFalse();
    sending.set(true);
    assertThat(blockage.look()).isFalse();
    sending.set(false);
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.look()).isFalse();
    assertThat(blockage.look()).isTrue();
  }

  private static void awaitEnd(TransportConnection connection) {
    connection.onClose().onErrorComplete().block(Ground.LONG);
  }
}
