package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One message, decoded once, for all subscribers that it matches. */
class SharedValuesTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 1000);
  private final List<ByteBuf> values = new ArrayList<>();
  private final Sub<ByteBuf> sub =
      rig.subOf(new Values.Buffers(), this::keep, OverflowPolicy.DROP_LATEST, 4);
  private final PublishRigLine line = rig.connect(pub, sub);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  private String keep(ByteBuf value) {
    values.add(value);
    return value.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachSubscriberHasAReferenceOfItsOwn() {
    Receiver first = sub.receive("t");
    Receiver second = sub.receive("t");
    Receiver third = sub.receive("");
    pub.publish("t", "1");
    assertThat(first.heard).isEqualTo(second.heard).isEqualTo(third.heard).containsExactly("t:1");
    assertThat(values).hasSize(3);
    assertThat(values.get(1)).isSameAs(values.get(0));
    assertThat(values.get(2)).isSameAs(values.get(0));
    for (int left = 3; left > 0; left--) {
      assertThat(values.get(0).refCnt()).isEqualTo(left);
      values.get(0).release();
    }
  }

  @Test
  void whoReleasesAtOnceTakesNothingFromTheOthers() {
    Receiver first = sub.receive("t");
    Receiver second = sub.receive("t");
    first.onNext = text -> values.get(0).release();
    second.onNext = text -> assertThat(values.get(1).refCnt()).isEqualTo(1);
    pub.publish("t", "1");
    assertThat(second.heard).containsExactly("t:1");
    values.get(1).release();
  }

  @Test
  void whoGivesUpGivesItsReferenceBack() {
    sub.receive("t");
    Receiver waiting = sub.receive(0, "t");
    Receiver cancelled = sub.receive(0, "t");
    pub.publish("t", "1");
    assertThat(values.get(0).refCnt()).as("the library holds one for both").isEqualTo(2);
    cancelled.cancel();
    rig.loop.run();
    assertThat(values.get(0).refCnt()).isEqualTo(2);
    waiting.cancel();
    rig.loop.run();
    assertThat(values.get(0).refCnt()).isEqualTo(1);
    values.get(0).release();
    assertThat(sub.counters().undelivered()).isZero();
  }

  @Test
  void theLastWhoTakesItGetsTheReferenceThatIsLeft() {
    sub.receive("t");
    Receiver late = sub.receive(0, "t");
    pub.publish("t", "1");
    assertThat(values.get(0).release()).isFalse();
    late.request(1);
    rig.loop.run();
    assertThat(late.heard).containsExactly("t:1");
    assertThat(values.get(1).release()).isTrue();
  }

  @Test
  void whatNobodyTookIsReleased() {
    Receiver first = sub.receive(0, "t");
    Receiver second = sub.receive(0, "t");
    pub.publish("t", Values.text('x', 40_000), "small");
    first.cancel();
    second.cancel();
    rig.loop.run();
    assertThat(values).isEmpty();
    assertThat(sub.counters().undelivered()).isZero();
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void whatWaitsDoesNotKeepTheFrameItCameInUnlessItIsLarge() {
    Receiver waiting = sub.receive(0, "t");
    pub.publish("t", "small", "smaller");
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
    pub.publish("t", Values.text('x', 32 * 1024 - 1));
    assertThat(rig.allocator.metric().usedDirectMemory()).isPositive();
    waiting.request(3);
    rig.loop.run();
    assertThat(waiting.heard).hasSize(3);
    values.forEach(ByteBuf::release);
  }

  @Test
  void aMessageOfManyPartsArrivesWithoutItsTopic() {
    Pub<Message> messages = rig.pubOf(Codec.zeroCopy(), Message::of, OverflowPolicy.DROP_LATEST);
    Sub<Message> whole =
        rig.subOf(
            Codec.zeroCopy(),
            message -> {
              List<String> parts = new ArrayList<>();
              for (int i = 0; i < message.partCount(); i++) {
                parts.add(message.text(i));
              }
              message.release();
              return String.join("|", parts);
            },
            OverflowPolicy.DROP_LATEST,
            4);
    rig.connect(messages, whole);
    Receiver receiver = whole.receive("t");
    messages.flow.tryPublish("t", Message.of("a", "", "c"));
    messages.flow.tryPublish("t", Message.of("a"));
    messages.flow.tryPublish("t", Message.of(new String[] {""}));
    rig.loop.run();
    assertThat(receiver.heard).containsExactly("t:a||c", "t:a", "t:");
  }

  @Test
  void aMessageOfNothingButATopicHasAnEmptyBody() {
    Receiver receiver = sub.receive("t");
    ByteBuf frame = rig.allocator.buffer();
    frame.writeByte(2).writeByte(0).writeByte(1); // DATA, no flags, number 1
    frame.writeByte(1).writeByte(1).writeByte('t'); // one part
    line.sub.peer.read(frame);
    rig.loop.run();
    assertThat(receiver.heard).containsExactly("t:");
    values.forEach(ByteBuf::release);
  }

  @Test
  void anArrivalThatWasDroppedAfterItWasDecodedDiscardsItsValueOnce() {
    Values.Recording codec = new Values.Recording();
    Arrival<String> arrival = new Arrival<>("origin", "t", Message.of("t", "x"), 3);
    assertThat(arrival.isDecoded()).isFalse();
    assertThat(arrival.size).isEqualTo(2);
    assertThat(arrival.take(codec)).isEqualTo("x");
    assertThat(arrival.isDecoded()).isTrue();
    arrival.drop(codec);
    assertThat(codec.discarded).isEmpty();
    arrival.drop(codec);
    assertThat(codec.discarded).containsExactly("x");

    ByteBuf memory = Unpooled.directBuffer().writeByte('y');
    Arrival<String> unread =
        new Arrival<>("origin", "t", Message.of(Unpooled.EMPTY_BUFFER, memory), 1);
    unread.drop(codec);
    assertThat(memory.refCnt()).isZero();
    assertThat(codec.discarded).hasSize(1);

    Arrival<String> taken = new Arrival<>("origin", "t", Message.of("t", "z"), 1);
    assertThat(taken.take(codec)).isEqualTo("z");
    assertThat(codec.discarded).hasSize(1);
  }
}
