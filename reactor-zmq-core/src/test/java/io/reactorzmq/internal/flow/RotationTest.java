package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.message.Codec;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** To whom the router gives each message, and in which frames. */
class RotationTest {

  private final SendRig<String> rig = new SendRig<>(Codec.utf8());

  @AfterEach
  void close() {
    rig.close();
  }

  /** T39: Equal workers get exactly equal counts in rotation. */
  @Test
  void peersWithCreditTakeStrictTurns() {
    TestPeer<String> a = rig.peer(10).open(2);
    TestPeer<String> b = rig.peer(10).open(2);
    TestPeer<String> c = rig.peer(10).open(2);

    emit("0", "1", "2", "3", "4", "5", "6", "7");
    rig.loop.run();
    emit("8");
    rig.loop.run();

    assertThat(a.frames).containsExactly(List.of("0", "3", "6"));
    assertThat(b.frames).containsExactly(List.of("1", "4", "7"));
    assertThat(c.frames).containsExactly(List.of("2", "5"), List.of("8"));
    assertThat(rig.router.sent()).isEqualTo(9);
    assertThat(a.lane.sent()).isEqualTo(3);
    rig.assertEmpty();
  }

  /** R30: a stalled worker is skipped. */
  @Test
  void aPeerWithoutCreditIsSkippedAndHasItsTurnAgain() {
    TestPeer<String> a = rig.peer(10).open(10);
    TestPeer<String> stalled = rig.peer(1).open(1);
    TestPeer<String> c = rig.peer(10).open(10);

    emit("0", "1", "2", "3", "4", "5");
    rig.loop.run();
    assertThat(a.received()).containsExactly("0", "3", "5");
    assertThat(stalled.received()).containsExactly("1");
    assertThat(c.received()).containsExactly("2", "4");

    stalled.consume(1);
    emit("6", "7", "8");
    rig.loop.run();
    assertThat(stalled.received()).containsExactly("1", "6");
    assertThat(c.received()).endsWith("7");
    assertThat(a.received()).endsWith("8");
  }

  @Test
  void aFrameTakesAsManyMessagesAsThePeerAllows() {
    TestPeer<String> peer = rig.peer(3).open(4);

    emit("0", "1", "2", "3", "4", "5", "6");
    rig.loop.run();

    assertThat(peer.frames)
        .containsExactly(List.of("0", "1", "2"), List.of("3", "4", "5"), List.of("6"));
    assertThat(peer.credit.available()).isEqualTo(1);
  }

  @Test
  void aFrameTakesAsManyBytesAsThePeerAllows() {
    TestPeer<String> peer = rig.peer(100).open(4);
    String text = Values.text('x', 1000);

    for (int i = 0; i < 20; i++) {
      emit(text);
    }
    rig.loop.run();

    // the 17th begins in the first frame and ends in the second
    assertThat(peer.frames).hasSize(2);
    assertThat(peer.frames.get(0)).hasSize(16);
    assertThat(peer.frames.get(1)).hasSize(4);
  }

  @Test
  void aFrameNeverWaitsForMore() {
    TestPeer<String> peer = rig.peer(1000).open(4);

    emit("0");
    rig.loop.run();
    assertThat(peer.frames).containsExactly(List.of("0"));
    emit("1");
    rig.loop.run();
    assertThat(peer.frames).containsExactly(List.of("0"), List.of("1"));
    assertThat(rig.loop.hasTimer()).isFalse();
  }

  @Test
  void manySignalsAreOneDrain() {
    TestPeer<String> peer = rig.peer(10).open(4);
    rig.loop.run();

    emit("0", "1", "2");
    assertThat(rig.loop.waiting()).isEqualTo(1);
    rig.loop.run();
    assertThat(peer.frames).hasSize(1);
  }

  @Test
  void withoutCreditProducersDoNotWakeTheLoop() {
    TestPeer<String> peer = rig.peer(10);
    emit("0");
    rig.loop.run();
    emit("1", "2");
    assertThat(rig.loop.waiting()).isZero();

    peer.open(2);
    rig.loop.run();
    assertThat(peer.frames).containsExactly(List.of("0", "1", "2"));
    emit("3");
    assertThat(rig.loop.waiting()).isEqualTo(1);
    rig.assertEmpty();
  }

  @Test
  void valuesThatAriseOnTheLoopComeBehindThoseThatCameBefore() throws Exception {
    TestPeer<String> peer = rig.peer(10).open(2);
    rig.loop.run();
    rig.loop.execute(
        () -> {
          Thread other = new Thread(() -> emit("0", "1"));
          other.start();
          try {
            other.join();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          emit("2");
        });
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1", "2");
  }

  @Test
  void nothingIsFramedBeyondTheCredit() {
    TestPeer<String> peer = rig.peer(2).open(1);

    emit("0", "1", "2", "3", "4");
    rig.loop.run();
    assertThat(peer.frames).containsExactly(List.of("0", "1"));
    assertThat(rig.bounds.messages()).isEqualTo(3);
    assertThat(rig.router.sent()).isEqualTo(2);

    peer.consume(1);
    rig.loop.run();
    assertThat(peer.frames).hasSize(2).last().isEqualTo(List.of("2", "3"));
    peer.consume(1);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("0", "1", "2", "3", "4");
    rig.assertEmpty();
  }

  @Test
  void aMessageInProgressGoesOnWhenCreditComes() {
    TestPeer<String> peer = rig.peer(10).open(2);

    emit(Values.text('L', 50_000), "after");
    rig.loop.run();
    assertThat(peer.frames).containsExactly(List.of(), List.of());
    assertThat(rig.router.isDrained()).isFalse();

    peer.consume(1);
    rig.loop.run();
    assertThat(peer.frames).hasSize(3);
    peer.consume(1);
    rig.loop.run();
    assertThat(peer.frames).hasSize(4).last().isEqualTo(List.of("L*50000", "after"));
    assertThat(rig.router.sent()).isEqualTo(2);
    rig.assertEmpty();
  }

  @Test
  void othersGoOnWhileOneIsInTheMiddleOfAMessage() {
    TestPeer<String> a = rig.peer(10).open(1);
    TestPeer<String> b = rig.peer(10).open(10);

    emit(Values.text('L', 40_000), "1", "2", "3");
    rig.loop.run();

    assertThat(a.received()).isEmpty();
    assertThat(b.received()).containsExactly("1", "2", "3");
  }

  @Test
  void aMessageThatFillsTheLastFrameIsNotCutShort() {
    int room = SendRig.FRAME - 2 - 1 - 2; // kind and flags, part count, part length
    TestPeer<String> peer = rig.peer(10).open(1);

    emit(Values.text('x', room));
    rig.loop.run();
    assertThat(peer.received()).containsExactly("x*" + room);

    peer.consume(1);
    emit(Values.text('y', room + 1));
    rig.loop.run();
    assertThat(peer.frames).hasSize(2).last().isEqualTo(List.of());
    peer.consume(1);
    rig.loop.run();
    assertThat(peer.received()).endsWith("y*" + (room + 1));
  }

  @Test
  void aSecondFrameIsBegunOnlyWithCreditForBoth() {
    TestPeer<String> peer = rig.peer(10).open(1);
    // two bytes are left in the frame, too few for the next one's part table
    String first = Values.text('x', SendRig.FRAME - 7);
    String second = Values.text('y', 200);

    emit(first, second);
    rig.loop.run();
    assertThat(peer.frames).hasSize(1);
    assertThat(rig.bounds.messages()).isEqualTo(1);

    TestPeer<String> other = rig.peer(10).open(1);
    rig.loop.run();
    assertThat(other.received()).as("it was still to be had").containsExactly("y*200");

    other.die();
    peer.consume(2);
    emit(first, second);
    rig.loop.run();
    assertThat(peer.frames).hasSize(3).last().isEqualTo(List.of("y*200"));
    rig.assertEmpty();
  }

  @Test
  void inFlightIsWhatWasSentAndNotConsumed() {
    TestPeer<String> peer = rig.peer(2).open(2);
    assertThat(peer.lane.isIdle()).isTrue();

    emit("0", "1", "2");
    rig.loop.run();
    assertThat(peer.lane.inFlight()).isEqualTo(3);
    assertThat(peer.lane.isIdle()).isFalse();

    peer.consume(1);
    assertThat(peer.lane.inFlight()).isEqualTo(1);
    peer.credit.demanded(1);
    assertThat(peer.lane.isIdle()).as("looks by itself").isTrue();
    assertThat(peer.lane.inFlight()).isZero();
    assertThat(peer.lane.sent()).isEqualTo(3);
  }

  private void emit(String... values) {
    for (String value : values) {
      assertThat(rig.port.tryEmit(value).isSuccess()).isTrue();
    }
  }
}
