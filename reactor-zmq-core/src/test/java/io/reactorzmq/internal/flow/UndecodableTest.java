package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.options.OnUndecodable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/** Messages that the codec refuses. */
class UndecodableTest {

  final Recording codec = newCodec();
  private final List<String> received = new ArrayList<>();

  Recording newCodec() {
    return new Recording();
  }

  @Test
  void isCountedReportedAndSkippedAndItsCreditComesBack() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec);
    TestSender a = rig.openPeer("a", 2);
    TestSender b = rig.openPeer("b", 2);
    rig.merge.subscribe(received::add);
    a.send("bad").send("0");
    b.send("1", "bad");
    rig.run();

    assertThat(received).containsExactly("1", "0");
    assertThat(rig.merge.undecodable()).isEqualTo(2);
    assertThat(rig.merge.received()).isEqualTo(2);
    assertThat(rig.merge.undelivered()).isZero();
    assertThat(rig.undecodable)
        .containsExactly(
            "a: the codec could not decode the message: " + codec.failure,
            "b: the codec could not decode the message: " + codec.failure);
    assertThat(a.consumed()).isEqualTo(2);
    assertThat(b.consumed()).isEqualTo(1);
    assertThat(a.inlet.received()).isEqualTo(2);
  }

  @Test
  void takesNoDemand() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec);
    TestSender peer = rig.openPeer("a", 4);
    TestSubscriber<String> subscriber = TestSubscriber.builder().initialRequest(2).build();
    rig.merge.subscribe(subscriber);
    peer.send("bad", "0", "bad", "1", "bad", "2");
    rig.run();
    assertThat(subscriber.getReceivedOnNext()).containsExactly("0", "1");
    rig.close();
  }

  @Test
  void aTurnOfNothingElseIsBoundedToo() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec);
    TestSender peer = rig.openPeer("a", 4);
    rig.merge.subscribe(received::add);
    String[] bad = new String[300];
    Arrays.fill(bad, "bad");
    peer.send(bad);
    rig.delivery.runOne();
    assertThat(rig.merge.undecodable()).isEqualTo(256);
    rig.run();
    assertThat(rig.merge.undecodable()).isEqualTo(300);
  }

  @Test
  void anErrorOfTheCodecIsNoMoreThanThat() {
    codec.failure = new AssertionError("even an error");
    ReceiveRig<String> rig = new ReceiveRig<>(codec);
    TestSender peer = rig.openPeer("a", 2);
    rig.merge.subscribe(received::add);
    peer.send("bad", "0");
    rig.run();
    assertThat(received).containsExactly("0");
    assertThat(rig.merge.undecodable()).isEqualTo(1);
    assertThat(peer.consumed()).isEqualTo(1);
  }

  @Test
  void failEndsTheSubscription() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec, 1 << 20, OnUndecodable.FAIL);
    CodecException known = new CodecException("known");
    codec.failure = known;
    TestSender peer = rig.openPeer("a", 2);
    peer.send("0", "bad", "1");

    StepVerifier.create(rig.merge)
        .then(rig::run)
        .expectNext("0")
        .expectErrorSatisfies(e -> assertThat(e).isSameAs(known))
        .verify();
    assertThat(rig.merge.undecodable()).isEqualTo(1);
    assertThat(rig.undecodable).containsExactly("a: known");
    assertThat(rig.merge.hasSubscriber()).isFalse();
    assertThat(rig.merge.undelivered()).isEqualTo(1);

    rig.merge.subscribe(received::add);
    rig.run();
    assertThat(received).containsExactly("1");
    assertThat(peer.consumed()).isEqualTo(1);
  }

  @Test
  void aFailedSubscriberIsGoneForWhoWaitsForThat() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec, 1 << 20, OnUndecodable.FAIL);
    rig.openPeer("a", 2).send("bad", "1");
    rig.merge.subscribe(received::add, e -> received.add("failed"));
    rig.run();

    assertThat(received).containsExactly("failed");
    assertThat(rig.idle).isEqualTo(1);
    rig.close();
  }
}
