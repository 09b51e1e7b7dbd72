package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static reactor.core.publisher.Sinks.EmitResult.FAIL_OVERFLOW;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

// Past 300 lines because all that holds for values one by one is shown once more for batches.

/**
 * Small values of other threads, which reach the event loop in batches: all that holds for others
 * holds for them. The test's own thread is another one but while it runs the loop.
 */
class BatchSendTest {

  private final SendRig<Message> rig = new SendRig<>(Codec.message());

  private static void emit(SendRig<Message> rig, String text) {
    assertThat(rig.port.tryEmit(Message.of(text))).as(text).isEqualTo(OK);
  }

  private void emit(String... texts) {
    List.of(texts).forEach(text -> emit(rig, text));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }

  private void emit(int from, int to) {
    numbers(from, to).forEach(text -> emit(rig, text));
  }

  @Test
  void manyAreFramedAtOnceAndFreeAtOnce() {
    TestPeer<Message> peer = rig.peer(100).open(9);
    emit(0, 250);
    assertThat(rig.bounds.messages()).isEqualTo(250);
    assertThat(rig.bounds.bytes()).isEqualTo(10 + 2 * 90 + 3 * 150);
    rig.assertEmpty();
    assertThat(peer.frames.stream().map(List::size)).containsExactly(100, 100, 50);
    assertThat(peer.received()).containsExactlyElementsOf(numbers(0, 250));
    assertThat(rig.router.sent()).isEqualTo(250);
    assertThat(peer.lane.inFlight()).isEqualTo(250);
  }

  @Test
  void theyRotateAmongPeers() {
    TestPeer<Message> a = rig.peer(2).open(9);
    TestPeer<Message> b = rig.peer(100).open(9);
    emit(0, 8);
    rig.assertEmpty();
    assertThat(a.frames).containsExactly(List.of("0", "2"), List.of("4", "6"));
    assertThat(b.frames).containsExactly(List.of("1", "3", "5", "7"));
  }

  @Test
  void withoutCreditTheyWaitWithinTheBounds() {
    SendRig<Message> small = new SendRig<>(Codec.message(), 3, 10, 10);
    TestPeer<Message> peer = small.peer(10);
    emit(small, "1234");
    small.loop.run();
    emit(small, "5678");
    Message eleventh = Message.of("901");
    assertThat(small.port.tryEmit(eleventh)).as("eleven bytes").isEqualTo(FAIL_OVERFLOW);
    assertThat(eleventh.refCnt()).as("the caller's").isEqualTo(1);
    emit(small, "90");
    assertThat(small.port.tryEmit(Message.of(""))).as("four messages").isEqualTo(FAIL_OVERFLOW);
    small.loop.run();
    assertThat(small.router.queue.isEmpty()).as("they stay where they are").isTrue();
    peer.open(1);
    small.assertEmpty();
    assertThat(peer.received()).containsExactly("1234", "5678", "90");
    eleventh.release();
  }

  @Test
  void aLittleCreditFramesALittle() {
    TestPeer<Message> peer = rig.peer(10).open(1);
    emit(0, 35);
    for (int frames = 1; frames <= 4; frames++) {
      rig.loop.run();
      assertThat(peer.frames).hasSize(frames);
      assertThat(rig.bounds.messages()).isEqualTo(Math.max(0, 35 - 10 * frames));
      peer.consume(1);
    }
    rig.assertEmpty();
    assertThat(peer.received()).containsExactlyElementsOf(numbers(0, 35));
  }

  @Test
  void whatComesWhileNothingCanBeSentNeedsNoSignal() {
    TestPeer<Message> peer = rig.peer(10);
    emit("a");
    rig.loop.run();
    emit(0, 100);
    assertThat(rig.loop.isIdle()).as("they were not signalled").isTrue();
    peer.open(20);
    rig.assertEmpty();
    assertThat(peer.received()).hasSize(101).startsWith("a", "0", "1");
  }

  @Test
  void theyKeepTheirOrderWithLargerOnesAndOnesOfTheLoop() {
    TestPeer<Message> peer = rig.peer(3).open(1);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String text = i % 7 == 0 ? Values.text('x', 300 + i) : "v" + i;
      if (i % 11 == 0) {
        rig.loop.execute(() -> emit(text));
        rig.loop.run();
      } else {
        emit(text);
      }
      expected.add(i % 7 == 0 ? "x*" + (300 + i) : text);
      if (i % 13 == 0) {
        peer.consume(1);
        rig.loop.run();
      }
    }
    for (int i = 0; i < 110; i++) {
      peer.consume(1);
      rig.loop.run();
    }
    rig.assertEmpty();
    assertThat(peer.received()).containsExactlyElementsOf(expected);
  }

  @Test
  void theyComeBeforeWhatAPublisherEmitsAfterwards() {
    TestPeer<Message> peer = rig.peer(10);
    emit("a", "b");
    rig.port.sendAll(Flux.just("c", "d").map(Message::of)).subscribe();
    rig.loop.run();
    assertThat(peer.received()).isEmpty();
    emit("e");
    peer.open(9);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("a", "b", "c", "d", "e");
  }

  @Test
  void onlyWhoTakesTheSizeGetsThemAndWhatNobodyTakesIsReported() {
    TestPeer<Message> picky = rig.peer(new Limits(10, SendRig.FRAME, 3, 0)).open(9);
    emit("1", "1234", "2");
    rig.assertEmpty();
    assertThat(picky.received()).containsExactly("1", "2");
    assertThat(rig.dropped)
        .singleElement()
        .isInstanceOf(MessageTooLargeException.class)
        .asString()
        .contains("4 bytes", "maxMessageSize is 3");
    TestPeer<Message> other = rig.peer(10).open(9);
    emit("3", "5678", "12345", "4");
    rig.assertEmpty();
    assertThat(other.received()).contains("5678", "12345");
    assertThat(rig.dropped).hasSize(1);
    assertThat(rig.router.sent()).isEqualTo(6);
  }

  @Test
  void aPeerThatGoesTakesNoneThatIsNotInAFrame() {
    TestPeer<Message> first = rig.peer(2).open(9);
    first.onFrame(
        () -> {
          if (first.received().size() == 4) {
            first.die();
          }
        });
    emit(0, 10);
    rig.loop.run();
    assertThat(first.received()).containsExactlyElementsOf(numbers(0, 4));
    TestPeer<Message> second = rig.peer(10).open(9);
    rig.assertEmpty();
    assertThat(second.received()).containsExactlyElementsOf(numbers(4, 10));
  }

  @Test
  void aPeerThatGoesAsItsFullFrameIsSentDoesNotTakeTheNextOneWithIt() {
    TestPeer<Message> first = rig.peer(1000).open(9);
    first.onFrame(first::die);
    String text = Values.text('x', 250);
    int fit = SendRig.FRAME / 253;
    SendRig<Message> target = rig;
    IntStream.range(0, fit + 1).forEach(i -> emit(target, text));
    rig.loop.run();
    assertThat(first.received()).hasSize(fit);
    TestPeer<Message> second = rig.peer(1000).open(9);
    rig.assertEmpty();
    assertThat(second.received()).containsExactly("x*250");
  }

  @Test
  void whatIsNotSentAtTheEndIsCounted() {
    rig.peer(10);
    emit(0, 200);
    rig.loop.run();
    emit(Values.text('x', 300));
    emit("a", "b", "c");
    assertThat(rig.router.isDrained()).isFalse();
    assertThat(rig.router.terminate()).isEqualTo(204);
    rig.assertEmpty();
  }

  @Test
  void whatComesAfterTheEndIsGivenUp() {
    rig.peer(10).open(9);
    emit("a");
    rig.loop.run();
    rig.router.terminate();
    for (int i = 0; i < 3; i++) {
      assertThat(rig.bounds.tryReserve(1)).isTrue();
      assertThat(rig.bounds.tryReserveBytes(4)).isTrue();
      rig.router.offerSmall(Message.of("late"), 4, null);
    }
    rig.assertEmpty();
    assertThat(rig.router.sent()).isEqualTo(1);
  }

  @Test
  void aClosedSocketStillSendsWhatItAccepted() {
    TestPeer<Message> peer = rig.peer(10);
    emit(0, 25);
    rig.router.close();
    assertThat(rig.router.isDrained()).isFalse();
    peer.open(3);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactlyElementsOf(numbers(0, 25));
    assertThat(rig.closingDrains).isPositive();
  }

  @Test
  void whatIsBeingWrittenIsNotPassedByOthersAndNotForgottenAtTheEnd() {
    TestPeer<Message> peer = rig.peer(10).open(9);
    emit("a");
    slow(
        "slow",
        () -> {
          emit("b");
          rig.loop.execute(() -> emit("of the loop"));
          rig.port.sendAll(Mono.fromSupplier(() -> Message.of("of a publisher"))).subscribe();
          rig.loop.run();
          assertThat(peer.received()).containsExactly("a");
          assertThat(rig.router.isDrained()).isFalse();
        });
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("a", "slow", "b", "of a publisher", "of the loop");

    emit("c");
    slow(
        "slow again",
        () -> {
          rig.loop.run();
          emit("d");
          assertThat(rig.router.terminate())
              .as("of both it is said that they are accepted")
              .isEqualTo(2);
        });
    rig.assertEmpty();
    assertThat(peer.received()).endsWith("c");
  }

  @Test
  void whatCannotBeReadIsTheCallers() {
    TestPeer<Message> peer = rig.peer(10).open(9);
    emit("a");
    assertThatExceptionOfType(CodecException.class)
        .isThrownBy(
            () ->
                slow(
                    "bad",
                    () -> {
                      emit("b");
                      rig.loop.run();
                      assertThat(peer.received()).containsExactly("a");
                      throw new IllegalStateException("in the middle");
                    }))
        .withMessageContaining("in the middle");
    rig.loop.run();
    assertThat(peer.received()).containsExactly("a", "b");
    rig.assertEmpty();
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void theLoopDoesNotWaitForRoom() {
    TestPeer<Message> peer = rig.peer(10);
    rig.port.sendAll(Flux.never()).subscribe(v -> {}, e -> {});
    emit("a");
    rig.loop.run();
    assertThat(peer.received()).isEmpty();
    peer.open(9);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("a");
    rig.close();
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void norForWhatWaitsBeforeABatch() {
    TestPeer<Message> peer = rig.peer(10);
    rig.port.sendAll(Flux.never()).subscribe(v -> {}, e -> {});
    emit(Values.text('x', 300));
    rig.loop.run();
    emit("a", "b");
    rig.router.signal();
    rig.loop.run();
    assertThat(peer.received()).isEmpty();
    peer.open(9);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("x*300", "a", "b");
    rig.close();
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void theLoopDoesNotWaitForWhatIsBeingWritten() {
    TestPeer<Message> peer = rig.peer(10).open(9);
    rig.port.sendAll(Flux.never()).subscribe(v -> {}, e -> {});
    rig.loop.run();
    emit("a");
    slow(
        "slow",
        () -> {
          rig.router.signal();
          rig.loop.run();
        });
    rig.loop.run();
    assertThat(peer.received()).containsExactly("a", "slow");
    rig.close();
  }

  @Test
  void afterItStarvedTheLoopLooksAgainForWhatIsBeingWritten() {
    TestPeer<Message> peer = rig.peer(10);
    emit("a");
    rig.loop.run();
    slow(
        "slow",
        () -> {
          peer.open(9);
          rig.loop.runOne();
          assertThat(peer.received()).containsExactly("a");
          for (int i = 0; i < 3; i++) {
            assertThat(rig.loop.isIdle())
                .as("its writer may have seen no need to signal")
                .isFalse();
            rig.loop.runOne();
          }
        });
    rig.loop.run();
    assertThat(peer.received()).containsExactly("a", "slow");

    slow(
        "signalled",
        () -> {
          rig.router.signal();
          rig.loop.run();
        });
    rig.assertEmpty();
  }

  // ---- a frame is sent, and what hears of it calls back

  @Test
  void whoeverEmitsAsAFrameIsSentComesBehindAndNothingIsCountedTwice() {
    TestPeer<Message> peer = rig.peer(4).open(90);
    AtomicInteger frames = new AtomicInteger();
    peer.onFrame(
        () -> {
          if (frames.getAndIncrement() < 3) {
            emit("loop");
          }
        });
    for (int i = 0; i < 3; i++) {
      IntStream.range(0, 4).forEach(n -> emit("ten bytes."));
      rig.loop.run();
    }
    rig.assertEmpty();
    assertThat(peer.received()).hasSize(15);
  }

  @Test
  void aBatchThatIsBeingFramedIsNotBegunAnew() {
    TestPeer<Message> peer = rig.peer(1).open(90);
    String large = Values.text('x', 300);
    peer.onFrame(
        once(
            () -> {
              emit("loop");
              Thread other = new Thread(() -> emit(large, "2", "3", "4"));
              other.start();
              assertThatNoException().isThrownBy(other::join);
            }));
    emit("first");
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("first", "loop", "x*300", "2", "3", "4");
  }

  @Test
  void aSocketIsNotDrainedWhileABatchIsBeingFramed() {
    TestPeer<Message> peer = rig.peer(2);
    emit(0, 10);
    Disposable behind = rig.port.send(Message.of("behind")).subscribe();
    rig.loop.run(); // so that the batch is taken over, and framed out of the queue
    behind.dispose();
    rig.router.close();
    List<Boolean> drained = new ArrayList<>();
    peer.onFrame(() -> drained.add(rig.router.isDrained()));
    peer.open(9);
    rig.loop.run();
    assertThat(drained).containsExactly(false, false, false, false, true);
  }

  @Test
  void whatIsInHandAtTheEndIsCounted() {
    TestPeer<Message> peer = rig.peer(2);
    emit(0, 10);
    emit(Values.text('x', 300));
    rig.loop.run();
    List<Long> unsent = new ArrayList<>();
    peer.onFrame(() -> unsent.add(rig.router.terminate()));
    peer.open(9);
    rig.assertEmpty();
    assertThat(unsent).containsExactly(9L);
    assertThat(peer.received()).containsExactly("0", "1");

    SendRig<Message> other = new SendRig<>(Codec.message());
    TestPeer<Message> direct = other.peer(2).open(9);
    numbers(0, 10).forEach(text -> emit(other, text));
    direct.onFrame(() -> unsent.add(other.router.terminate()));
    other.assertEmpty();
    assertThat(unsent).containsExactly(9L, 8L);
    assertThat(direct.frames).containsExactly(List.of("0", "1"));
  }

  @Test
  void ofABatchThatWasTakenOverAndFramedAllTheSameNothingIsLeft() {
    TestPeer<Message> peer = rig.peer(1).open(9);
    emit("a", "b");
    AtomicInteger frames = new AtomicInteger();
    peer.onFrame(
        () -> {
          if (frames.incrementAndGet() == 1) {
            rig.port.send(Message.of("behind")).subscribe().dispose();
            assertThat(rig.router.isDrained()).as("b is left").isFalse();
            assertThat(rig.router.queue.isEmpty()).as("it was taken over").isFalse();
          } else {
            peer.die();
          }
        });
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("a", "b");
  }

  @Test
  void withoutMemoryOneIsDroppedAndTheRestSent() {
    AtomicInteger failures = new AtomicInteger();
    ByteBufAllocator scarce =
        new AbstractByteBufAllocator() {
          @Override
          protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity);
          }

          @Override
          protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
              throw new OutOfMemoryError("no memory");
            }
            return newHeapBuffer(initialCapacity, maxCapacity);
          }

          @Override
          public boolean isDirectBufferPooled() {
            return false;
          }
        };
    Limits limits = new Limits(1000, SendRig.FRAME, 0, 0);
    List<String> received = new ArrayList<>();
    SendCredit credit = new SendCredit();
    FrameReader<Message> reader = FrameReader.ofMessages(limits);
    Runnable atFirst =
        once(
            () -> {
              emit("loop"); // so that the batch is sealed, and looked through
              failures.set(1);
            });
    Lane<SendItem<Message>> lane =
        new Lane<>(
            new FrameWriter(scarce, limits, 1024),
            credit,
            frame -> {
              reader.read(
                  frame,
                  message -> {
                    received.add(message.text(0).trim());
                    message.release();
                  });
              atFirst.run();
            },
            cause -> {
              throw new AssertionError(cause);
            });
    credit.demanded(SendCredit.INITIAL_DEMAND);
    credit.window(90);
    credit.demanded(90);
    rig.router.peerArrived();
    rig.router.add(lane);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      emit("v" + i + " ".repeat(i % 200));
      expected.add("v" + i);
    }
    rig.assertEmpty();
    assertThat(rig.dropped).singleElement().asString().contains("no memory");
    expected.add("loop");
    expected.removeIf(text -> !received.contains(text));
    assertThat(expected).hasSize(300);
    assertThat(received).containsExactlyElementsOf(expected);
  }

  @Test
  void theLoopIsToldBeforeAnyoneHearsThatTheMemoryIsFree() {
    rig.peer(10).open(9);
    rig.loop.run();
    Tracked tracked = new Tracked("value");
    List<Boolean> idle = new ArrayList<>();
    tracked.onReleased = () -> idle.add(rig.loop.isIdle());
    assertThat(rig.port.tryEmit(tracked.message)).isEqualTo(OK);
    assertThat(idle).containsExactly(false);
    rig.assertEmpty();
  }

  @Test
  void severalAreABurstAlsoWhereTheyWait() {
    TestPeer<Message> peer = rig.peer(10).open(9);
    AtomicInteger bursts = new AtomicInteger();
    rig.router.onBurst(bursts::incrementAndGet);
    emit("alone");
    rig.loop.run();
    assertThat(bursts).hasValue(0);
    emit("one", "two");
    rig.loop.run();
    assertThat(bursts).hasValue(1);

    emit(Values.text('x', 300));
    peer.consume(-7); // one is left
    emit("two", Values.text('y', 300));
    rig.loop.run();
    bursts.set(0);
    emit("three", "four");
    rig.router.signal();
    rig.loop.run();
    assertThat(bursts).as("behind what waits").hasPositiveValue();
    rig.close();
  }

  @Test
  void behindWhatIsRefusedTheyComeAtOnce() {
    TestPeer<Message> picky = rig.peer(new Limits(10, SendRig.FRAME, 250, 0)).open(9);
    TestPeer<Message> other = rig.peer(10);
    emit(Values.text('x', 300)); // the other one would take it
    rig.loop.run();
    emit("a", "b");
    rig.router.signal();
    rig.loop.run();
    assertThat(picky.received()).isEmpty();
    other.die();
    rig.assertEmpty();
    assertThat(rig.dropped).hasSize(1);
    assertThat(picky.received()).containsExactly("a", "b");
  }

  @Test
  void roomIsMadeWhileMuchIsFramedUnlessPublishersWaitForIt() {
    TestPeer<Message> peer = rig.peer(50).open(99);
    List<Integer> queued = new ArrayList<>();
    peer.onFrame(() -> queued.add(rig.bounds.messages()));
    emit(0, 200);
    rig.loop.run();
    assertThat(queued).as("after the first 64 and more").containsExactly(200, 100, 100, 0);

    rig.port.sendAll(Flux.never()).subscribe();
    rig.loop.run();
    int granted = rig.bounds.messages();
    queued.clear();
    emit(0, 100);
    rig.loop.run();
    assertThat(queued).containsOnly(granted + 100);
  }

  @Test
  void arraysTooAreCopiedWhereTheyAreEmitted() {
    SendRig<byte[]> arrays = new SendRig<>(Codec.bytes());
    TestPeer<byte[]> peer = arrays.peer(10).open(9);
    byte[] value = {'a'};
    assertThat(arrays.port.tryEmit(value)).isEqualTo(OK);
    value[0] = 'b';
    assertThat(arrays.port.tryEmit(value)).isEqualTo(OK);
    arrays.assertEmpty();
    assertThat(peer.received()).containsExactly("a", "b");
  }

  private static Runnable once(Runnable task) {
    AtomicInteger times = new AtomicInteger();
    return () -> {
      if (times.getAndIncrement() == 0) {
        task.run();
      }
    };
  }

  private void slow(String text, Runnable whileRead) {
    Message message = Values.busy(text, whileRead);
    try {
      assertThat(rig.port.tryEmit(message)).isEqualTo(OK);
    } catch (CodecException e) {
      assertThat(message.refCnt()).isEqualTo(1);
      message.release();
      throw e;
    }
  }
}
