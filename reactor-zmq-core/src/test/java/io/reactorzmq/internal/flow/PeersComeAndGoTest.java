package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks.EmitResult;

/** What happens to messages when peers arrive, leave in good order, or die. */
class PeersComeAndGoTest {

  private static final String LARGE = Values.text('L', 40_000); // three frames

  private final SendRig<String> rig = new SendRig<>(Codec.utf8());

  @AfterEach
  void close() {
    rig.close();
  }

  /** T49: what was not framed goes to the next one; with none left, sends wait. */
  @Test
  void whatIsNotFramedGoesToOthers() {
    TestPeer<String> a = rig.peer(1).open(1);
    emit("0", "1", "2");
    rig.loop.run();
    a.die();
    rig.loop.run();
    assertThat(rig.bounds.messages()).isEqualTo(2);

    TestPeer<String> b = rig.peer(10).open(1);
    rig.loop.run();
    assertThat(a.received()).containsExactly("0");
    assertThat(b.received()).containsExactly("1", "2");
  }

  @Test
  void aMessageInProgressGoesToAnotherPeerBeforeAllOthers() {
    TestPeer<String> a = rig.peer(10).open(2);
    emit(LARGE, "1");
    rig.loop.run();
    assertThat(a.frames).hasSize(2);
    TestPeer<String> b = rig.peer(10);
    emit("2");
    rig.loop.run();

    a.die();
    rig.loop.run();
    assertThat(rig.router.isDrained()).isFalse();
    b.open(5);
    rig.loop.run();

    assertThat(a.received()).isEmpty();
    assertThat(b.received()).containsExactly("L*40000", "1", "2");
    assertThat(rig.router.sent()).isEqualTo(3);
    assertThat(a.lane.sent()).isZero();
    rig.assertEmpty();
  }

  @Test
  void aMessageInProgressGoesToAPeerThatWaitsForWork() {
    TestPeer<String> a = rig.peer(10).open(2);
    emit(LARGE);
    rig.loop.run();
    TestPeer<String> b = rig.peer(10).open(5);
    rig.loop.run();

    a.die();
    rig.loop.run();

    assertThat(b.received()).containsExactly("L*40000");
  }

  @Test
  void aPeerThatLeavesGetsTheEndOfItsMessageAndNothingNew() {
    TestPeer<String> a = rig.peer(10).open(2);
    emit(LARGE, "1");
    rig.loop.run();

    rig.router.leave(a.lane);
    a.consume(2);
    rig.loop.run();
    assertThat(a.received()).containsExactly("L*40000");
    assertThat(rig.bounds.messages()).isEqualTo(1);
    assertThat(rig.router.sent()).isEqualTo(1);

    TestPeer<String> b = rig.peer(10).open(1);
    rig.loop.run();
    assertThat(b.received()).containsExactly("1");
  }

  @Test
  void aPeerThatLeavesAndDiesHandsItsMessageOn() {
    TestPeer<String> a = rig.peer(10).open(2);
    emit(LARGE);
    rig.loop.run();
    rig.router.leave(a.lane);
    TestPeer<String> b = rig.peer(10).open(5);
    rig.loop.run();
    assertThat(b.received()).isEmpty();

    a.die();
    rig.loop.run();
    assertThat(b.received()).containsExactly("L*40000");
  }

  @Test
  void aLaneThatIsNotListedCannotLeave() {
    TestPeer<String> a = rig.peer(10).open(2);
    rig.router.leave(a.lane);
    rig.router.remove(a.lane);
    rig.router.leave(a.lane);
    rig.router.remove(a.lane);

    emit("0");
    rig.loop.run();
    assertThat(a.received()).isEmpty();
  }

  @Test
  void theRotationStaysInStepWhenAPeerBeforeTheNextOneGoes() {
    TestPeer<String> a = rig.peer(10).open(5);
    TestPeer<String> b = rig.peer(10).open(5);
    TestPeer<String> c = rig.peer(10).open(5);
    TestPeer<String> d = rig.peer(10).open(5);
    emit("0", "1");
    rig.loop.run();

    a.die(); // c is next
    emit("2");
    rig.loop.run();
    assertThat(c.received()).containsExactly("2");

    d.die(); // was next, so b is
    emit("3");
    rig.loop.run();
    assertThat(b.received()).containsExactly("1", "3");
    emit("4", "5");
    rig.loop.run();
    assertThat(c.received()).containsExactly("2", "4");
    assertThat(b.received()).containsExactly("1", "3", "5");
  }

  @Test
  void aPeerWithoutALaneMakesTheSocketAcceptButNotSend() {
    assertThat(rig.port.tryEmit("0")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);

    rig.router.peerArrived();
    emit("0");
    rig.loop.run();
    assertThat(rig.bounds.messages()).isEqualTo(1);

    rig.router.peerLeft();
    assertThat(rig.port.tryEmit("1")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
    TestPeer<String> peer = rig.peer(1).open(1);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("0");
  }

  @Test
  void aLaneThatComesWithCreditIsUsedAtOnce() {
    rig.router.peerArrived();
    emit("0");
    rig.loop.run();

    TestPeer<String> peer = new TestPeer<>(rig.router, new Limits(10, SendRig.FRAME, 0, 0));
    peer.credit.demanded(1);
    rig.router.add(peer.lane);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("0");
  }

  // ---- a connection may end in the very call that hands it a frame

  @Test
  void aPeerThatDiesOfAFrameHandsOnTheMessageInProgress() {
    TestPeer<String> a = rig.peer(10).open(5);
    a.onFrame(a::die);
    TestPeer<String> b = rig.peer(10).open(5);

    emit(LARGE);
    rig.loop.run();

    assertThat(a.frames).hasSize(1);
    assertThat(b.received()).containsExactly("L*40000");
    rig.assertEmpty();
  }

  @Test
  void aPeerThatDiesOfAFullFrameHandsOnTheMessageThatWasToFollow() {
    TestPeer<String> a = rig.peer(1).open(5);
    TestPeer<String> stalled = rig.peer(1);
    a.onFrame(a::die);

    emit("0", "1");
    rig.loop.run();

    assertThat(a.received()).containsExactly("0");
    assertThat(rig.bounds.messages()).isEqualTo(1);
    stalled.open(1);
    rig.loop.run();
    assertThat(stalled.received()).containsExactly("1");
  }

  @Test
  void aPeerThatDiesOfAFrameWithoutRoomHandsOnTheMessageThatWasToFollow() {
    TestPeer<String> a = rig.peer(10).open(5);
    TestPeer<String> b = rig.peer(10);
    a.onFrame(a::die);

    // two bytes are left, too few for the next one's part table
    emit(Values.text('x', SendRig.FRAME - 7), Values.text('y', 200));
    rig.loop.run();
    b.open(1);
    rig.loop.run();

    assertThat(a.received()).hasSize(1);
    assertThat(b.received()).containsExactly("y*200");
    rig.assertEmpty();
  }

  @Test
  void theFramesOfOthersAreSentWhenAPeerDiesOfItsOwn() {
    TestPeer<String> a = rig.peer(10).open(5);
    TestPeer<String> b = rig.peer(10).open(5);
    TestPeer<String> c = rig.peer(10).open(5);
    a.onFrame(a::die);

    emit("0", "1", "2");
    rig.loop.run();

    assertThat(a.received()).containsExactly("0");
    assertThat(b.received()).containsExactly("1");
    assertThat(c.received()).containsExactly("2");
  }

  @Test
  void theMessagesOfOthersGoOnWhenAPeerDiesOfItsOwn() {
    TestPeer<String> a = rig.peer(10).open(1);
    TestPeer<String> b = rig.peer(10).open(1);
    String other = Values.text('M', 20_000);
    emit(LARGE, other);
    rig.loop.run();
    rig.router.leave(b.lane);
    a.onFrame(a::die);

    a.consume(1);
    b.consume(5);
    rig.loop.run();

    assertThat(b.received()).containsExactly("M*20000");
  }

  // ---- a completion may end a peer, too: it runs while its message is being framed

  @Test
  void whatHasEndedInAnOpenFrameIsSentBeforeThePeerIsTakenOut() {
    TestPeer<String> a = rig.peer(10).open(5);
    List<String> log = new ArrayList<>();
    rig.port
        .send("0")
        .subscribe(
            nothing -> {},
            e -> {},
            () -> {
              log.add("sent");
              a.die();
            });
    rig.loop.run();

    assertThat(log).containsExactly("sent");
    assertThat(a.received()).containsExactly("0");
    assertThat(a.lane.inFlight()).as("counted as unconfirmed").isEqualTo(1);
  }

  @Test
  void aLaneWithAnOpenFrameIsNotIdle() {
    TestPeer<String> a = rig.peer(10).open(5);
    List<Boolean> idle = new ArrayList<>();
    rig.port.send("0").subscribe(v -> {}, e -> {}, () -> idle.add(a.lane.isIdle()));
    rig.loop.run();

    assertThat(idle).containsExactly(false);
    assertThat(a.received()).containsExactly("0");
  }

  private void emit(String... values) {
    for (String value : values) {
      assertThat(rig.port.tryEmit(value)).isEqualTo(EmitResult.OK);
    }
  }
}
