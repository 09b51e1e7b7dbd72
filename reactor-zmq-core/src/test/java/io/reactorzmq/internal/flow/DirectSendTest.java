package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.flow.Values.InPlaceText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** Small values that are framed as they come, without being queued before. */
class DirectSendTest {

  /** A text codec that writes in place, and may do something else meanwhile. */
  private static final class Busy extends InPlaceText {
    Runnable whileWriting = () -> {};

    @Override
    public void writeTo(String value, ByteBuf target) {
      int half = value.length() / 2;
      target.writeCharSequence(value.substring(0, half), StandardCharsets.US_ASCII);
      whileWriting.run();
      target.writeCharSequence(value.substring(half), StandardCharsets.US_ASCII);
    }
  }

  private final Busy codec = new Busy();
  private final SendRig<String> rig = new SendRig<>(codec);
  private final List<Long> requests = new ArrayList<>();
  private final AtomicInteger emitted = new AtomicInteger();

  private Flux<String> endless() {
    return Flux.<String>generate(sink -> sink.next("v" + emitted.getAndIncrement()))
        .doOnRequest(requests::add);
  }

  private static List<String> values(int n) {
    return IntStream.range(0, n).mapToObj(i -> "v" + i).toList();
  }

  @Test
  void eachIsFramedWhereItIsEmittedOrComesOutOfTheInbox() {
    rig.peer(1000).open(9);
    List<String> log = new ArrayList<>();
    codec.whileWriting = () -> log.add("framed, queued " + rig.router.queue.size());
    rig.port.sendAll(Flux.just("a", "b").doOnNext(log::add)).subscribe();
    rig.loop.run();
    assertThat(log).containsExactly("a", "framed, queued 0", "b", "framed, queued 0");

    log.clear();
    elsewhere(() -> rig.port.tryEmit("value"), 3);
    rig.loop.run();
    assertThat(log).hasSize(3).containsOnly("framed, queued 0");
    rig.assertEmpty();
  }

  @Test
  void aPublisherThatEmitsAtOnceHasFewWaitingAndGoesOnWithCredit() {
    TestPeer<String> peer = rig.peer(1000);
    rig.port.sendAll(endless()).subscribe(v -> {}, e -> {});
    rig.loop.run();
    assertThat(emitted).as("one grant").hasValue(128);
    rig.router.signal();
    rig.loop.run();
    assertThat(emitted).as("they wait").hasValue(128);
    assertThat(rig.bounds.messages()).isEqualTo(128);
    assertThat(rig.bounds.bytes())
        .isEqualTo(IntStream.range(0, 128).map(i -> ("v" + i).length()).sum());

    peer.open(1);
    rig.loop.run();
    int sent = peer.received().size();
    assertThat(sent).as("a whole frame").isEqualTo(1000);
    assertThat(peer.received()).containsExactlyElementsOf(values(1000));
    assertThat(rig.bounds.messages()).isEqualTo(emitted.get() - sent).isBetween(1, 128);
    assertThat(rig.router.sent()).isEqualTo(sent);
    rig.close();
  }

  @Test
  void othersOnOtherThreadsDoNotKeepItFromItsShare() {
    TestPeer<String> peer = rig.peer(10);
    rig.port.sendAll(endless()).subscribe(v -> {}, e -> {});
    rig.loop.run();
    for (int i = 0; i < 200; i++) {
      elsewhere(() -> rig.port.tryEmit("other"), 50);
      peer.consume(i == 0 ? 0 : 1);
      if (i == 0) {
        peer.open(1);
      }
      rig.loop.run();
    }
    assertThat(peer.received().stream().filter(value -> value.startsWith("v")).count())
        .isGreaterThan(150);
    rig.close();
  }

  @Test
  void whatOthersOfferedBeforeComesFirst() {
    TestPeer<String> peer = rig.peer(1000).open(9);
    Flux<String> source =
        Flux.just("0", "1", "2")
            .doOnNext(value -> elsewhere(() -> rig.port.tryEmit("o" + value), 1));
    rig.port.sendAll(source).subscribe();
    rig.loop.run();
    assertThat(peer.received()).containsExactly("o0", "0", "o1", "1", "o2", "2");
    rig.assertEmpty();
  }

  @Test
  void whatACodecEmitsWhileItWritesComesBehind() {
    TestPeer<String> peer = rig.peer(1000).open(9);
    codec.whileWriting = once(() -> assertThat(rig.port.tryEmit("inner")).isEqualTo(OK));
    rig.port.sendAll(Flux.just("outer", "next")).subscribe();
    rig.loop.run();
    assertThat(peer.received()).containsExactly("outer", "inner", "next");

    codec.whileWriting =
        once(
            () -> {
              elsewhere(() -> rig.port.tryEmit("other"), 1);
              assertThat(rig.port.tryEmit("inner 1")).isEqualTo(OK);
            });
    rig.port.sendAll(Flux.just("outer 1")).subscribe();
    rig.loop.run();
    codec.whileWriting =
        once(
            () -> {
              elsewhere(() -> rig.port.tryEmit("another"), 1);
              assertThat(rig.port.tryEmit("inner 1b")).isEqualTo(OK);
            });
    elsewhere(() -> rig.port.tryEmit("outer 1b"), 1);
    rig.loop.run();
    assertThat(peer.received())
        .endsWith("outer 1", "other", "inner 1", "outer 1b", "another", "inner 1b");

    codec.whileWriting = once(() -> assertThat(rig.port.tryEmit("inner 2")).isEqualTo(OK));
    assertThat(rig.port.tryEmit("outer 2")).isEqualTo(OK);
    rig.loop.run();
    codec.whileWriting = once(() -> rig.port.sendAll(Flux.just("inner 3")).subscribe());
    assertThat(rig.port.tryEmit("outer 3")).isEqualTo(OK);
    rig.loop.run();
    assertThat(peer.received()).endsWith("outer 2", "inner 2", "outer 3", "inner 3");
    rig.assertEmpty();
  }

  @Test
  void aPeerThatGoesWhileItIsSentToLosesNothingThatIsNotInAFrame() {
    TestPeer<String> first = rig.peer(2).open(9);
    first.onFrame(
        () -> {
          if (first.received().size() == 4) {
            first.die();
          }
        });
    rig.port.sendAll(Flux.fromIterable(values(10))).subscribe();
    rig.loop.run();
    TestPeer<String> second = rig.peer(10).open(9);
    rig.loop.run();
    List<String> all = new ArrayList<>(first.received());
    all.addAll(second.received());
    assertThat(all).containsExactlyElementsOf(values(10));
    rig.assertEmpty();
  }

  @Test
  void aPeerThatGoesAsItsFullFrameIsSentDoesNotTakeTheNextValueWithIt() {
    TestPeer<String> first = rig.peer(1000).open(9);
    first.onFrame(first::die);
    String large = Values.text('x', 4000);
    int fit = SendRig.FRAME / 4000;
    rig.port.sendAll(Flux.just(large).repeat(fit)).subscribe();
    rig.loop.run();
    assertThat(first.received()).hasSize(fit);
    TestPeer<String> second = rig.peer(1000).open(9);
    rig.loop.run();
    assertThat(second.received()).as("the one that did not fit").containsExactly("x*4000");
    rig.assertEmpty();
  }

  @Test
  void whereAnotherPeerIsThereItTakesTheValue() {
    TestPeer<String> first = rig.peer(1000).open(9);
    String large = Values.text('x', 4000);
    int fit = SendRig.FRAME / 4000;
    TestPeer<String> second = rig.peer(1000).open(9);
    first.onFrame(first::die);
    rig.port.sendAll(Flux.just(large).repeat(2 * fit)).subscribe();
    rig.loop.run();
    assertThat(first.received()).hasSize(fit);
    assertThat(second.received()).hasSize(fit + 1);
    rig.assertEmpty();
  }

  @Test
  void aSocketClosedByWhatCameInBetweenKeepsNothingThatItCannotSend() {
    TestPeer<String> peer = rig.peer(1000).open(9);
    List<FluxSink<String>> sinks = new ArrayList<>();
    rig.port
        .sendAll(Flux.<String>create(sinks::add))
        .subscribe(
            v -> {},
            e -> {},
            () -> { // as a socket closes that has sent everything
              rig.router.close();
              rig.router.leave(peer.lane);
            });
    rig.loop.run();
    List<String> failed = new ArrayList<>();
    Flux<String> source =
        Flux.just("0", "1", "2")
            .doOnNext(
                value -> {
                  if (value.equals("1")) {
                    elsewhere(
                        () -> {
                          sinks.get(0).next("last");
                          sinks.get(0).complete();
                        },
                        1);
                  }
                });
    rig.port.sendAll(source).subscribe(v -> {}, e -> failed.add(e.getMessage()));
    rig.loop.run();
    assertThat(peer.received()).containsExactly("0", "last");
    assertThat(failed).containsExactly("the socket is closing");
    rig.assertEmpty();
  }

  @Test
  void roomIsMadeWhileMuchIsFramedUnlessPublishersWaitForIt() {
    rig.peer(1000).open(9);
    assertThat(queuedAtTheLastOf(100)).isBetween(30, 40);
    rig.port.sendAll(Flux.never()).subscribe();
    rig.loop.run();
    int granted = rig.bounds.messages();
    assertThat(queuedAtTheLastOf(100)).isEqualTo(granted + 100);
  }

  private int queuedAtTheLastOf(int values) {
    AtomicInteger written = new AtomicInteger();
    AtomicInteger queued = new AtomicInteger();
    codec.whileWriting =
        () -> {
          if (written.incrementAndGet() == values) {
            queued.set(rig.bounds.messages());
          }
        };
    elsewhere(() -> rig.port.tryEmit("value"), values);
    rig.loop.run();
    return queued.get();
  }

  @Test
  void severalOfOtherThreadsAreABurst() {
    rig.peer(10).open(9);
    AtomicInteger bursts = new AtomicInteger();
    rig.router.onBurst(bursts::incrementAndGet);
    elsewhere(() -> rig.port.tryEmit("a"), 1);
    rig.loop.run();
    rig.port.sendAll(Flux.just("b", "c", "d")).subscribe();
    rig.loop.run();
    rig.loop.execute(() -> IntStream.range(0, 5).forEach(i -> rig.port.tryEmit("e")));
    rig.loop.run();
    assertThat(bursts).as("one, and what the loop has itself").hasValue(0);
    elsewhere(() -> rig.port.tryEmit("f"), 2);
    rig.loop.run();
    assertThat(bursts).hasValue(1);
  }

  private static Runnable once(Runnable task) {
    AtomicInteger times = new AtomicInteger();
    return () -> {
      if (times.getAndIncrement() == 0) {
        task.run();
      }
    };
  }

  private static void elsewhere(Runnable task, int times) {
    Thread thread = new Thread(() -> IntStream.range(0, times).forEach(i -> task.run()));
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
