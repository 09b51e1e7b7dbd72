package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The high-water marks and the number of waiting sends. */
class SendBoundsTest {

  private final SendBounds bounds = new SendBounds(3, 100, 2);

  @Test
  void messagesAreBounded() {
    assertThat(bounds.room()).isEqualTo(3);
    assertThat(bounds.tryReserve(4)).isFalse();
    assertThat(bounds.messages()).isZero();

    assertThat(bounds.tryReserve(2)).isTrue();
    assertThat(bounds.room()).isEqualTo(1);
    assertThat(bounds.tryReserve(2)).isFalse();
    assertThat(bounds.tryReserve(1)).isTrue();
    assertThat(bounds.tryReserve(1)).isFalse();
    assertThat(bounds.messages()).isEqualTo(3);
    assertThat(bounds.room()).isZero();

    bounds.release(1, 0);
    assertThat(bounds.tryReserve(1)).isTrue();
  }

  @Test
  void roomForManyIsMadeBeforeTheLastHasLeft() {
    SendBounds large = new SendBounds(100, 1000, 1);
    assertThat(large.tryReserve(100)).isTrue();
    large.addBytes(1000);
    for (int i = 0; i < 63; i++) {
      large.freed(1, 10);
      large.flushManyFreed();
    }
    assertThat(large.room()).isZero();
    large.freed(1, 10);
    large.flushManyFreed();
    assertThat(large.room()).isEqualTo(64);
    assertThat(large.roomBytes()).isEqualTo(640);
    large.freed(1, 10);
    large.flushFreed();
    assertThat(large.messages()).isEqualTo(35);
    assertThat(large.bytes()).isEqualTo(350);
  }

  @Test
  void publishersShareAQuarter() {
    SendBounds large = new SendBounds(1000, 1, 1);
    assertThat(large.share(1)).isEqualTo(250);
    assertThat(large.share(5)).isEqualTo(50);
    assertThat(large.share(1000)).isEqualTo(1);
  }

  @Test
  void bytesAreBounded() {
    assertThat(bounds.roomBytes()).isEqualTo(100);
    assertThat(bounds.tryReserveBytes(60)).isTrue();
    assertThat(bounds.tryReserveBytes(41)).isFalse();
    assertThat(bounds.bytes()).isEqualTo(60);
    assertThat(bounds.tryReserveBytes(40)).isTrue();
    assertThat(bounds.roomBytes()).isZero();

    bounds.release(0, 60);
    assertThat(bounds.bytes()).isEqualTo(40);
    assertThat(bounds.roomBytes()).isEqualTo(60);
  }

  @Test
  void noMessageFitsWhenTheBytesAreTaken() {
    bounds.addBytes(99);
    assertThat(bounds.room()).isEqualTo(3);
    assertThat(bounds.tryReserve(1)).isTrue();

    bounds.addBytes(1);
    assertThat(bounds.room()).isZero();
    assertThat(bounds.tryReserve(1)).isFalse();
  }

  @Test
  void aMessageAboveTheBoundFitsAnEmptyQueue() {
    assertThat(bounds.tryReserveBytes(1000)).isTrue();
    assertThat(bounds.tryReserveBytes(1)).isFalse();
    assertThat(bounds.roomBytes()).as("never negative").isZero();

    bounds.release(0, 1000);
    bounds.addBytes(1);
    assertThat(bounds.tryReserveBytes(1000)).isFalse();
  }

  @Test
  void bytesGrantedBeforehandMayPassTheBound() {
    bounds.addBytes(150);
    assertThat(bounds.bytes()).isEqualTo(150);
    assertThat(bounds.roomBytes()).isZero();
    assertThat(bounds.room()).isZero();
  }

  @Test
  void waitingSendsAreBounded() {
    assertThat(bounds.hasPending()).isFalse();
    assertThat(bounds.tryReservePending()).isTrue();
    assertThat(bounds.hasPending()).isTrue();
    assertThat(bounds.tryReservePending()).isTrue();
    assertThat(bounds.tryReservePending()).isFalse();
    assertThat(bounds.pending()).isEqualTo(2);

    bounds.releasePending();
    assertThat(bounds.tryReservePending()).isTrue();
  }

  @Test
  void noSendWaitsWhereNoneMay() {
    assertThat(new SendBounds(1, 1, 0).tryReservePending()).isFalse();
  }

  /** T47: HWM 0 = unlimited messages; the byte bounds stay. */
  @Test
  void zeroIsNoLimitOfMessages() {
    SendBounds unlimited = new SendBounds(0, 100, 0);

    assertThat(unlimited.tryReserve(Integer.MAX_VALUE - 1)).isTrue();
    assertThat(unlimited.room()).isEqualTo(1);
    unlimited.release(Integer.MAX_VALUE - 1, 0);
    assertThat(unlimited.tryReserveBytes(100)).isTrue();
    assertThat(unlimited.tryReserve(1)).isFalse();
    assertThat(unlimited.room()).isZero();
  }

  @Test
  void textNamesTheNumbersAndTheOptions() {
    bounds.tryReserve(2);
    bounds.addBytes(7);
    bounds.tryReservePending();

    assertThat(bounds)
        .hasToString(
            "2 of 3 messages and 7 of 100 bytes queued (highWaterMark, highWaterMarkBytes),"
                + " 1 of 2 sends waiting (maxPendingSends)");
    assertThat(new SendBounds(0, 1, 1).toString()).startsWith("0 of unlimited messages");
  }

  @Test
  void manyThreadsNeverPassTheBounds() throws Exception {
    SendBounds shared = new SendBounds(5, 50, 4);
    AtomicInteger held = new AtomicInteger();
    AtomicLong heldBytes = new AtomicLong();
    AtomicInteger waiting = new AtomicInteger();
    AtomicInteger excess = new AtomicInteger();
    Races.inParallel(
        4,
        thread -> {
          int n = 1 + thread % 3;
          for (int i = 0; i < 20_000; i++) {
            if (shared.tryReserve(n)) {
              count(excess, held.addAndGet(n), 5);
              held.addAndGet(-n);
              shared.release(n, 0);
            }
            if (shared.tryReserveBytes(10 * n)) {
              count(excess, heldBytes.addAndGet(10L * n), 50);
              heldBytes.addAndGet(-10L * n);
              shared.release(0, 10L * n);
            }
            for (int k = 0; k < 2; k++) {
              if (shared.tryReservePending()) {
                count(excess, waiting.incrementAndGet(), 4);
                waiting.decrementAndGet();
                shared.releasePending();
              }
            }
          }
        });

    assertThat(excess).hasValue(0);
    assertThat(shared.messages()).isZero();
    assertThat(shared.bytes()).isZero();
    assertThat(shared.pending()).isZero();
  }

  private static void count(AtomicInteger excess, long held, long bound) {
    if (held > bound) {
      excess.incrementAndGet();
    }
  }
}
