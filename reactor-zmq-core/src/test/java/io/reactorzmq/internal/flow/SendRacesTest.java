package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;

// Past 300 lines because each race says what it is between, and what must hold.

/** Senders on their own threads against the event loop, many times over. */
class SendRacesTest {

  private static final int TIMES = 1000;

  /** A socket, one message on its way, and what its sender was told. */
  private static class Case implements Races.Round {
    final SendRig<Message> rig = new SendRig<>(Codec.message(), 4, 100_000, 4);
    final TestPeer<Message> peer = rig.peer(10);
    final Tracked tracked;
    final AtomicInteger completed = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final Mono<Void> send;
    Disposable subscription;

    Case(String text) {
      tracked = new Tracked(text);
      send = rig.port.send(tracked.message);
    }

    Case subscribed() {
      subscribe();
      return this;
    }

    void subscribe() {
      subscription =
          send.subscribe(v -> {}, e -> failed.incrementAndGet(), completed::incrementAndGet);
    }

    @Override
    public void first() {
      subscription.dispose();
    }

    @Override
    public void second() {
      rig.loop.run();
    }

    @Override
    public void after() {
      rig.assertEmpty();
      assertThat(tracked.released).as("released exactly once").hasValue(1);
      assertThat(completed.get() + failed.get()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  @Timeout(60)
  void offeringAgainstTheEndOfADrain() throws Exception {
    SendRig<byte[]> rig = new SendRig<>(Codec.bytes());
    AtomicInteger arrived = new AtomicInteger();
    TestPeer<byte[]> peer = rig.peer(10).open(1_000_000);
    peer.onFrame(
        () -> {
          peer.frames.clear();
          arrived.incrementAndGet();
        });
    int rounds = 100_000;
    Races.inParallel(
        2,
        number -> {
          for (int i = 0; number == 0 && arrived.get() < rounds; i++) {
            rig.loop.run();
            Races.pause();
          }
          for (int i = 0; number == 1 && i < rounds; i++) {
            for (int wait = ThreadLocalRandom.current().nextInt(200); wait > 0; wait--) {
              Thread.onSpinWait();
            }
            assertThat(rig.port.tryEmit(new byte[] {1})).isEqualTo(EmitResult.OK);
            while (arrived.get() == i) {
              Races.pause();
            }
          }
        });
    rig.assertEmpty();
  }

  @Test
  void cancellingAgainstFraming() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    Races.repeat(
        TIMES,
        i ->
            new Case("0") {
              {
                peer.open(1);
                subscribe();
              }

              @Override
              public void after() {
                super.after();
                sent.addAndGet(peer.received().size());
                assertThat(peer.lane.sent()).isEqualTo(peer.received().size());
              }
            });
    assertThat(sent.get()).isLessThanOrEqualTo(TIMES);
  }

  @Test
  void cancellingAgainstALookAtTheQueue() throws Exception {
    Races.repeat(
        TIMES,
        i ->
            new Case("0") {
              {
                peer.die(); // so that the send waits un-encoded
                subscribe();
                rig.peer(10);
              }
            });
  }

  @Test
  void cancellingAgainstTheEndOfAPeer() throws Exception {
    Races.repeat(
        TIMES,
        i ->
            new Case(Values.text('x', 20_000)) {
              final TestPeer<Message> other;

              {
                peer.open(1);
                subscribe();
                rig.loop.run();
                other = rig.peer(10).open(5);
              }

              @Override
              public void second() {
                peer.die();
                rig.loop.run();
              }

              @Override
              public void after() {
                super.after();
                assertThat(other.received()).hasSize(other.lane.sent() == 0 ? 0 : 1);
                rig.close();
              }
            });
  }

  @Test
  void cancellingAgainstSubscribing() throws Exception {
    Races.repeat(
        TIMES,
        i ->
            new Case("0") {
              volatile Disposable early;

              {
                peer.open(1);
              }

              @Override
              public void first() {
                send.doOnSubscribe(s -> early = s::cancel).subscribe();
              }

              @Override
              public void second() {
                Disposable cancel = early;
                if (cancel != null) {
                  cancel.dispose();
                }
                rig.loop.run();
              }
            });
  }

  @Test
  void sendingAgainstTheClose() throws Exception {
    Races.repeat(
        TIMES,
        i ->
            new Case("0") {
              EmitResult offered;
              final Tracked other = new Tracked("1");

              @Override
              public void first() {
                subscribe();
                offered = rig.port.tryEmit(other.message);
                if (offered != EmitResult.OK) {
                  other.message.release();
                }
              }

              @Override
              public void second() {
                rig.router.close();
                rig.loop.run();
                rig.router.terminate();
                rig.loop.run();
              }

              @Override
              public void after() {
                super.after();
                assertThat(failed).as("ends with a signal").hasValue(1);
                assertThat(other.released).hasValue(1);
              }
            });
  }

  @Test
  void publishersThatEndAgainstAGrant() throws Exception {
    Races.repeat(
        TIMES,
        i -> {
          SendRig<String> rig = new SendRig<>(Codec.utf8());
          TestPublisher<String> source =
              TestPublisher.createNoncompliant(Violation.CLEANUP_ON_TERMINATE);
          Disposable all = rig.port.sendAll(source).subscribe(v -> {}, e -> {});
          rig.loop.run();
          rig.peer(10);
          return new Races.Round() {
            @Override
            public void first() {
              switch (i % 3) {
                case 0 -> all.dispose();
                case 1 -> source.complete();
                default -> source.error(new IllegalStateException("boom"));
              }
            }

            @Override
            public void second() {
              rig.loop.run();
            }

            @Override
            public void after() {
              rig.assertEmpty();
            }
          };
        });
  }

  @Test
  @Timeout(60)
  void aPublisherAndThreadsWithValuesOfAllSizesKeepTheirOrderEach() throws Exception {
    int producers = 2;
    int each = 5000;
    SendRig<byte[]> rig = new SendRig<>(Codec.bytes(), 50, 20_000, 5);
    TestPeer<byte[]> peer = rig.peer(7).open(2);
    AtomicInteger running = new AtomicInteger(producers + 1);
    AtomicInteger frames = new AtomicInteger();
    List<List<String>> received = new ArrayList<>();
    peer.onFrame(() -> frames.incrementAndGet());
    rig.port
        .sendAll(Flux.range(0, each).map(i -> padded("p-" + i)))
        .subscribe(v -> {}, e -> {}, running::decrementAndGet);
    Races.inParallel(
        producers + 1,
        thread -> {
          if (thread == producers) {
            while (running.get() > 0 || rig.bounds.messages() > 0) {
              rig.loop.run();
              received.addAll(peer.frames);
              peer.frames.clear();
              peer.consume(frames.getAndSet(0)); // late, so that they wait
              Races.pause();
            }
            return;
          }
          for (int i = 0; i < each; ) {
            if (rig.port.tryEmit(padded(thread + "-" + i)) == EmitResult.OK) {
              i++;
            } else {
              Races.pause();
            }
          }
          running.decrementAndGet();
        });
    rig.assertEmpty();
    for (String of : List.of("0-", "1-", "p-")) {
      assertThat(received.stream().flatMap(List::stream))
          .filteredOn(text -> text.startsWith(of))
          .containsExactlyElementsOf(IntStream.range(0, each).mapToObj(i -> of + i).toList());
    }
  }

  /** Mostly alone in its size, at times too large to be put together with others. */
  private static byte[] padded(String text) {
    int more = ThreadLocalRandom.current().nextInt(20);
    return (more == 0 ? text + " ".repeat(300) : text + " ".repeat(more))
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  @Timeout(60)
  void manyProducersNeverPassTheBoundsAndLoseNothing() throws Exception {
    manyProducers(Codec.utf8(), text -> text);
  }

  @Test
  @Timeout(60)
  void norWhereTheyPutTheirValuesTogether() throws Exception {
    manyProducers(Codec.bytes(), text -> text.getBytes(StandardCharsets.UTF_8));
  }

  private static <T> void manyProducers(Codec<T> codec, Function<String, T> toValue)
      throws Exception {
    int producers = 3;
    int each = 2000;
    SendRig<T> rig = new SendRig<>(codec, 7, 60, 5);
    TestPeer<T> peer = rig.peer(3).open(2);
    peer.onFrame(() -> peer.credit.demanded(1));
    AtomicInteger running = new AtomicInteger(producers);
    Races.inParallel(
        producers + 1,
        thread -> {
          if (thread == producers) {
            while (running.get() > 0) {
              assertThat(rig.bounds.messages()).isLessThanOrEqualTo(7);
              assertThat(rig.bounds.bytes()).isLessThanOrEqualTo(60);
              rig.loop.run();
              Races.pause();
            }
            return;
          }
          for (int i = 0; i < each; ) {
            EmitResult result = rig.port.tryEmit(toValue.apply(thread + "-" + i));
            if (result == EmitResult.OK) {
              i++;
            } else {
              assertThat(result).isEqualTo(EmitResult.FAIL_OVERFLOW);
              Races.pause();
            }
          }
          running.decrementAndGet();
        });

    rig.assertEmpty();
    for (int thread = 0; thread < producers; thread++) {
      String prefix = thread + "-";
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < each; i++) {
        expected.add(prefix + i);
      }
      assertThat(peer.received()).filteredOn(value -> value.startsWith(prefix)).isEqualTo(expected);
    }
  }
}
