package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.subscriber.TestSubscriber;

// Past 300 lines because credit, demand and the last word are one count, tested on one rig.

/** How many frames a peer may send, and when it may send more. */
class InletCreditTest {

  private static final int FRAME = ReceiveRig.FRAME;

  /** A quarter is for windows: it has room for seven frames beyond the first of each peer. */
  private final ReceiveRig<String> rig =
      new ReceiveRig<>(Codec.utf8(), 4L * 7 * FRAME, OnUndecodable.SKIP);

  private final TestSubscriber<String> subscriber =
      TestSubscriber.builder().initialRequest(0).build();

  @AfterEach
  void close() {
    rig.close();
  }

  // ---- frames

  @Test
  void isClosedUntilItIsOpened() {
    TestSender peer = rig.peer("a", 4);
    assertThat(peer.windows).isEmpty();

    peer.inlet.open();
    peer.inlet.open();
    assertThat(peer.windows).containsExactly("4+4");
    assertThat(peer.credit()).isEqualTo(4);
  }

  @Test
  void creditComesBackWhenTheLastMessageOfAFrameIsTaken() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4).send("0", "1", "2").send("3", "4").send("5");
    assertThat(peer.returned).isEmpty();

    take(2);
    assertThat(peer.returned).isEmpty();
    take(1);
    assertThat(peer.returned).containsExactly(1);
    take(1);
    assertThat(peer.returned).containsExactly(1);
    take(2);
    assertThat(peer.returned).containsExactly(1, 2);
    assertThat(peer.inlet.received()).isEqualTo(6);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void eachPeerHasItsOwnCredit() {
    rig.merge.subscribe(subscriber);
    TestSender a = rig.openPeer("a", 4).send("a0", "a1");
    TestSender b = rig.openPeer("b", 4).send("b0");
    take(2);
    assertThat(a.returned).isEmpty();
    assertThat(b.returned).containsExactly(1);
    assertThat(a.inlet.isSettled()).isFalse();
    assertThat(b.inlet.isSettled()).isTrue();
    take(1);
    assertThat(a.returned).containsExactly(1);
    assertThat(a.inlet.received()).isEqualTo(2);
    assertThat(b.inlet.received()).isEqualTo(1);
  }

  @Test
  void aWindowOfCreditLastsForEver() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 3);
    for (int i = 0; i < 50; i++) {
      peer.send("x").send("y");
      take(2);
    }
    assertThat(peer.consumed()).isEqualTo(100);
    assertThat(peer.credit()).isEqualTo(3);
  }

  @Test
  void dataWithoutCreditIsAFault() {
    TestSender closed = rig.peer("a", 4).write("0");
    ByteBuf frame = closed.frames.peek();
    assertThatThrownBy(closed::sendUnasked)
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a frame of data came without credit");
    assertThat(frame.refCnt()).isZero();

    TestSender open = rig.openPeer("b", 2).write("0").write("1").write("2");
    open.sendNext().sendNext();
    assertThatThrownBy(open::sendUnasked).isInstanceOf(ProtocolException.class);
    assertThat(rig.merge.undelivered()).isEqualTo(2);
  }

  @Test
  void returnedCreditMayBeUsedAndNoMore() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 1).send("0");
    take(1);
    peer.send("1");
    peer.write("2");
    assertThatThrownBy(peer::sendUnasked).isInstanceOf(ProtocolException.class);
  }

  @Test
  void whatBreaksTheProfileIsThrownAndNothingOfItIsDelivered() {
    TestSender peer = rig.openPeer("a", 4);
    ByteBuf frame = Unpooled.buffer().writeByte(2).writeByte(0).writeByte(1).writeByte(100);
    assertThatThrownBy(() -> peer.inlet.read(frame)).isInstanceOf(ProtocolException.class);
    assertThat(frame.refCnt()).isZero();
    assertThat(rig.merge.undelivered()).isZero();
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  // ---- the end

  @Test
  void afterTheEndOfDataCreditIsStillReported() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4).send("0").send("1");
    peer.inlet.endOfData();
    assertThat(peer.inlet.isSettled()).isFalse();
    take(2);
    assertThat(subscriber.getReceivedOnNext()).containsExactly("0", "1");
    assertThat(peer.consumed()).isEqualTo(2);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void afterTheEndOfTheConnectionMessagesAreDeliveredAndCreditIsNot() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4).send("0").send("1");
    peer.inlet.dispose();
    take(2);
    assertThat(subscriber.getReceivedOnNext()).containsExactly("0", "1");
    assertThat(peer.returned).isEmpty();
    assertThat(peer.inlet.isSettled()).isTrue();
    assertThat(peer.inlet.received()).isEqualTo(2);
  }

  @Test
  void anEndedInletDoesNotOpen() {
    TestSender peer = rig.peer("a", 4);
    peer.inlet.endOfData();
    peer.inlet.open();
    assertThat(peer.windows).isEmpty();
    assertThat(rig.budget.windowsUsed()).isZero();
  }

  // ---- windows

  @Test
  void windowsGrowWhileTheirQuarterOfTheBudgetLasts() {
    TestSender a = rig.openPeer("a", 4);
    TestSender b = rig.openPeer("b", 4);
    TestSender c = rig.openPeer("c", 4);
    assertThat(a.windows).containsExactly("4+4");
    assertThat(b.windows).containsExactly("4+4");
    assertThat(c.windows).as("one frame is outside the budget").containsExactly("1+1");
    assertThat(rig.budget.windowsUsed()).isEqualTo(6L * FRAME);
  }

  @Test
  void aWindowOfOneFrameNeedsNoBudget() {
    TestSender a = rig.openPeer("a", 1);
    assertThat(a.windows).containsExactly("1+1");
    assertThat(rig.budget.windowsUsed()).isZero();
  }

  @Test
  void aPeerThatLeavesHandsItsWindowOn() {
    TestSender a = rig.openPeer("a", 4);
    rig.openPeer("b", 4);
    TestSender c = rig.openPeer("c", 4).send("0");
    TestSender d = rig.openPeer("d", 4);

    a.inlet.endOfData();
    a.inlet.endOfData();
    assertThat(c.windows).containsExactly("1+1", "4+3");
    assertThat(c.credit()).isEqualTo(3);
    c.send("1").send("2").send("3");
    c.write("4");
    assertThatThrownBy(c::sendUnasked).isInstanceOf(ProtocolException.class);
    assertThat(d.windows).containsExactly("1+1");
    assertThat(rig.budget.windowsUsed()).isEqualTo(6L * FRAME);

    c.inlet.dispose();
    assertThat(d.windows).containsExactly("1+1", "4+3");
  }

  @Test
  void aPeerThatLeavesWhileItWaitsTakesNothing() {
    TestSender a = rig.openPeer("a", 4);
    TestSender b = rig.openPeer("b", 4);
    TestSender c = rig.openPeer("c", 4);
    c.inlet.dispose();
    a.inlet.dispose();
    b.inlet.dispose();
    assertThat(c.windows).containsExactly("1+1");
    assertThat(rig.budget.windowsUsed()).isZero();
  }

  @Test
  void aPeerThatIsEndedByTheGrowthOfAnotherTakesNothing() {
    ReceiveRig<String> wide = new ReceiveRig<>(Codec.utf8(), 4L * 6 * FRAME, OnUndecodable.SKIP);
    TestSender a = wide.openPeer("a", 4);
    wide.openPeer("d", 4);
    TestSender b = wide.openPeer("b", 4);
    TestSender c = wide.openPeer("c", 4);
    b.onWindow = c.inlet::dispose;
    a.inlet.dispose();

    assertThat(b.windows).containsExactly("1+1", "4+3");
    assertThat(c.windows).containsExactly("1+1");
    assertThat(wide.budget.windowsUsed()).isEqualTo(6L * FRAME);
  }

  // ---- threads

  @Test
  void whatIsTakenElsewhereIsReportedOnTheLoop() {
    List<Runnable> loop = new ArrayList<>();
    ManualLoop delivery = new ManualLoop();
    List<String> idle = new ArrayList<>();
    FairMerge<String> merge =
        new FairMerge<>(
            Codec.utf8(),
            OnUndecodable.SKIP,
            loop::add,
            delivery,
            (origin, cause) -> {},
            () -> {},
            () -> idle.add("idle"));
    TestSender peer = new TestSender(merge, rig.budget, "a", 4);
    peer.inlet.open();
    peer.send("0", "1");
    merge.subscribe(subscriber);
    subscriber.request(2);
    delivery.run();
    assertThat(subscriber.getReceivedOnNext()).containsExactly("0", "1");
    assertThat(peer.returned).isEmpty();
    assertThat(peer.inlet.received()).isZero();
    assertThat(idle).isEmpty();

    loop.forEach(Runnable::run);
    assertThat(peer.returned).containsExactly(1);
    assertThat(peer.inlet.received()).isEqualTo(2);
    assertThat(idle).hasSize(1);

    loop.clear();
    peer.send("2");
    subscriber.request(1);
    delivery.run();
    assertThat(loop).as("what was taken, and that it was all").hasSize(2);
    loop.forEach(Runnable::run);
    assertThat(peer.returned).containsExactly(1, 1);
  }

  @Test
  void whoSendsNoMoreIsToldOnceThatAllIsConsumed() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4).send("1", "2").send("3");
    peer.inlet.endOfData();
    take(2);
    assertThat(peer.settled).as("one is left").isZero();
    assertThat(peer.consumed()).isEqualTo(1);
    int windows = peer.windows.size();
    take(1);
    assertThat(peer.settled).isEqualTo(1);
    peer.inlet.endOfData();
    peer.inlet.taken(0, 0);
    assertThat(peer.settled).isEqualTo(1);
    assertThat(peer.windows).as("nothing more about credit").hasSize(windows);
  }

  @Test
  void whoSentNothingIsToldNothing() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4);
    peer.inlet.endOfData();
    rig.run();
    assertThat(peer.settled).isZero();
  }

  private void take(int n) {
    subscriber.request(n);
    rig.run();
  }
}
