package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.flow.Values.RecordingInPlace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same where no message is made of what lies in a frame with others. */
class UndecodableInPlaceTest extends UndecodableTest {

  @Override
  Recording newCodec() {
    return new RecordingInPlace();
  }

  @Test
  void severalInAFrameAreDecodedInPlace() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec);
    TestSender peer = rig.openPeer("a", 2);
    TestSender other = rig.openPeer("b", 2);
    List<String> received = new ArrayList<>();
    rig.merge.subscribe(received::add);
    peer.send("0", "1", "2").send("3", "4");
    other.send("5");
    rig.run();
    assertThat(received).containsExactly("0", "5", "1", "2", "3", "4");
    assertThat(((RecordingInPlace) codec).decodedInPlace).as("one alone is a message").isEqualTo(5);
    assertThat(peer.consumed()).isEqualTo(2);
    assertThat(peer.inlet.isEmpty()).isTrue();
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void whatNobodyTookIsReleasedAtTheEnd() {
    ReceiveRig<String> rig = new ReceiveRig<>(codec);
    TestSender peer = rig.openPeer("a", 2);
    List<String> received = new ArrayList<>();
    rig.merge.take(1).subscribe(received::add);
    peer.send("0", "1", "2");
    rig.run();
    assertThat(received).containsExactly("0");
    assertThat(rig.merge.undelivered()).isEqualTo(2);
    rig.close();
    assertThat(rig.merge.discarded()).isEqualTo(2);
  }
}
