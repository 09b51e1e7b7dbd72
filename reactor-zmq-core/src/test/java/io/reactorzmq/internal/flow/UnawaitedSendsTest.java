package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.OverflowException;
import io.reactorzmq.message.Codec;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sends that nobody waits for and no peer takes. */
class UnawaitedSendsTest {

  private final SendRig<String> rig = new SendRig<>(Codec.utf8(), 1000, 1_000_000, 1000);

  @Test
  void manyAreRefusedAndTheQueueStaysBounded() {
    refused(100_000);
  }

  @Test
  @Tag("full")
  void tenMillionAreRefusedAndTheQueueStaysBounded() {
    refused(10_000_000);
  }

  private void refused(int times) {
    AtomicLong refused = new AtomicLong();
    AtomicLong other = new AtomicLong();
    for (int i = 0; i < times; i++) {
      rig.port
          .send("x")
          .subscribe(
              v -> other.incrementAndGet(),
              e -> (e instanceof OverflowException ? refused : other).incrementAndGet());
      if (i % 10_000 == 0) {
        rig.loop.run();
      }
    }
    assertThat(refused).hasValue(times - 1000);
    assertThat(other).hasValue(0);
    assertThat(rig.bounds.pending()).isEqualTo(1000);
    assertThat(rig.bounds.messages()).isZero();
    assertThat(rig.loop.waiting()).isLessThanOrEqualTo(1);

    TestPeer<String> peer = rig.peer(10_000).open(1);
    rig.assertEmpty();
    assertThat(peer.received()).as("all that waited, and no more").hasSize(1000);
  }

  @Test
  void manyThatTimeOutLeaveNoShellsBehind() {
    cancelled(100_000);
  }

  @Test
  @Tag("full")
  void tenMillionThatTimeOutLeaveNoShellsBehind() {
    cancelled(10_000_000);
  }

  private void cancelled(int times) {
    for (int i = 0; i < times; i++) {
      rig.port.send("x").subscribe().dispose();
      if (i % 1000 == 0) {
        rig.loop.run();
      }
    }
    rig.loop.run();
    assertThat(rig.bounds.pending()).isZero();
    assertThat(rig.router.isDrained()).isTrue();
  }
}
