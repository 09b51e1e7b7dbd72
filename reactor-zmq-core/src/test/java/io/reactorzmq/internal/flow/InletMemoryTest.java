package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.subscriber.TestSubscriber;

/** When memory of a codec is asked for, and what is held back until it is there. */
class InletMemoryTest {

  private static final int LONG = 8 * 1024 * 1024;
  private static final int SHORT = 200_000;

  /** Frames that a peer may have under way. */
  private static final int MOST = 3 * 1024 * 1024 / ReceiveRig.FRAME;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final List<Integer> asked = new ArrayList<>();
  private final List<Runnable> works = new ArrayList<>();
  private final List<Runnable> thens = new ArrayList<>();
  private boolean refuses;

  /** 300,000 bytes are for assemblies; a larger one is let in alone. */
  private final ReceiveRig<Message> rig =
      new ReceiveRig<>(Codec.zeroCopy(), 400_000, OnUndecodable.SKIP);

  private final TestSubscriber<Message> subscriber = TestSubscriber.create();

  private final AssemblyTarget target =
      (header, sizes, alloc) ->
          (part, bytes) -> {
            asked.add(bytes);
            if (refuses) {
              throw new CodecException("no memory today");
            }
            return allocator.directBuffer(bytes, bytes);
          };

  @AfterEach
  void everythingIsReleased() {
    rig.close();
    subscriber.getReceivedOnNext().forEach(Message::release);
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  private TestSender peer(String name, int window, int... sizes) {
    TestSender peer =
        rig.openPeer(
            name,
            window,
            target,
            (work, then) -> {
              works.add(work);
              thens.add(then);
            });
    byte[][] parts = new byte[1 + sizes.length][];
    Arrays.setAll(parts, i -> new byte[i == 0 ? 8 : sizes[i - 1]]);
    return peer.write(Message.of(parts));
  }

  private void receive(int messages) {
    rig.run();
    assertThat(subscriber.getReceivedOnNext()).hasSize(messages);
  }

  @Test
  void nothingIsAskedForWithoutAShareOfTheBudget() {
    rig.merge.subscribe(subscriber);
    TestSender first = peer("a", 2, SHORT);
    TestSender second = peer("b", 2, SHORT);
    first.sendNext();
    second.sendNext().sendNext();
    assertThat(asked).as("for the first alone").containsExactly(SHORT);
    first.sendAll();
    receive(1);
    assertThat(asked).containsExactly(SHORT, SHORT);
    second.sendAll();
    receive(2);
  }

  @Test
  void creditIsHeldBackWhileMemoryIsMade() {
    rig.merge.subscribe(subscriber);
    TestSender peer = peer("a", 4, LONG);
    for (int i = 0; i < 4; i++) {
      peer.sendNext();
    }
    assertThat(peer.credit()).as("none came back").isZero();
    rig.loop.advance(Duration.ofSeconds(200));
    assertThat(peer.failure).as("it is not the peer who is slow").isNull();
    works.remove(0).run();
    assertThat(peer.credit()).isZero();
    thens.remove(0).run();
    assertThat(peer.credit()).as("as much as it may ever have").isEqualTo(MOST);
    peer.sendAll();
    receive(1);
    assertThat(subscriber.getReceivedOnNext().get(0).partSize(1)).isEqualTo(LONG);
    assertThat(rig.budget.assembliesUsed()).isZero();
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void nothingIsAskedForInAdvanceThatMemoryIsYetToBeMadeFor() {
    rig.merge.subscribe(subscriber);
    TestSender peer = peer("a", 1, SHORT, LONG, SHORT).sendNext();
    int ofTheFirst = SHORT / ReceiveRig.FRAME;
    assertThat(peer.credit()).isEqualTo(ofTheFirst);
    for (int i = 0; i < ofTheFirst; i++) {
      peer.sendNext();
    }
    assertThat(works).as("it has come to the long part").hasSize(1);
    assertThat(peer.credit()).isZero();
    works.remove(0).run();
    thens.remove(0).run();
    assertThat(peer.credit()).isEqualTo(MOST);
    peer.sendAll();
    receive(1);
    assertThat(peer.credit()).isEqualTo(1);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void aRefusedMessageCostsItsPeerNothingElse() {
    rig.merge.subscribe(subscriber);
    refuses = true;
    TestSender peer = peer("a", 2, LONG).sendNext();
    works.remove(0).run();
    thens.remove(0).run();
    peer.sendAll();
    receive(1);
    Message refused = subscriber.getReceivedOnNext().get(0);
    assertThat(refused.refusal()).as("for whoever reads it").hasMessage("no memory today");
    assertThat(peer.failure).isNull();
    assertThat(peer.credit()).isEqualTo(2);
    assertThat(rig.budget.assembliesUsed()).isZero();
  }

  @Test
  void whatIsGivenUpCountsUntilItsMemoryIsGivenBack() {
    rig.merge.subscribe(subscriber);
    TestSender first = peer("a", 2, LONG).sendNext();
    first.die();
    TestSender second = peer("b", 2, LONG).sendNext();
    assertThat(rig.budget.assembliesUsed()).as("of the first").isPositive();
    rig.loop.advance(Duration.ofSeconds(200));
    assertThat(first.failure).as("it has ended already").isNull();
    assertThat(works).as("no second one meanwhile").hasSize(1);
    works.remove(0).run();
    assertThat(asked).as("nobody wants it any more").isEmpty();
    thens.remove(0).run();
    assertThat(works).as("now the other's turn").hasSize(1);
    works.remove(0).run();
    thens.remove(0).run();
    second.sendAll();
    receive(1);
    assertThat(rig.budget.assembliesUsed()).isZero();
  }

  @Test
  void aPeerThatIsGoneLeavesNoMemoryBehind() {
    rig.merge.subscribe(subscriber);
    TestSender peer = peer("a", 2, LONG).sendNext();
    works.remove(0).run();
    peer.die();
    thens.remove(0).run();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(rig.budget.assembliesUsed()).isZero();
  }
}
