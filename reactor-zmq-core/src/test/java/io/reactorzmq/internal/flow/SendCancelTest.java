package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Cancelling a send takes the value back, unless it is being framed. */
class SendCancelTest {

  private final List<String> log = new ArrayList<>();

  @Test
  void takesBackAMessageThatIsQueued() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10);
    Tracked tracked = new Tracked("0");
    Disposable send = send(rig, tracked.message);
    rig.loop.run();

    send.dispose();
    assertThat(tracked.released).hasValue(1);
    assertThat(rig.bounds.messages()).isZero();
    assertThat(rig.bounds.bytes()).isZero();
    send.dispose();
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).isEmpty();
    assertThat(tracked.released).hasValue(1);
    assertThat(log).as("neither success nor failure").isEmpty();
  }

  @Test
  void takesBackAValueThatWaits() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    Disposable send = rig.port.send("0").doOnTerminate(() -> log.add("ended")).subscribe();
    rig.loop.run();

    send.dispose();
    assertThat(rig.bounds.pending()).isZero();
    assertThat(codec.discarded).containsExactly("0");
    TestPeer<String> peer = rig.peer(10).open(1);
    rig.assertEmpty();
    assertThat(codec.encoded).isEmpty();
    assertThat(peer.received()).isEmpty();
    assertThat(log).isEmpty();
  }

  @Test
  void takesBackAValueThatWaitsEncodedForCredit() {
    SendRig<Message> rig = new SendRig<>(Codec.message(), 1, 100, 10);
    Tracked tracked = new Tracked("0");
    Disposable send = send(rig, tracked.message);
    TestPeer<Message> peer = rig.peer(10);
    rig.loop.run();

    send.dispose();
    assertThat(tracked.released).hasValue(1);
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).isEmpty();
    assertThat(log).isEmpty();
  }

  @Test
  void leavesAMessageThatIsBeingFramed() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10).open(2);
    Tracked tracked = new Tracked(Values.text('x', 40_000));
    Disposable send = send(rig, tracked.message);
    rig.loop.run();

    send.dispose();
    assertThat(tracked.released).hasValue(0);
    peer.consume(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("x*40000");
    assertThat(tracked.released).hasValue(1);
    assertThat(log).as("who cancelled is not told").isEmpty();
  }

  @Test
  void aCancelledMessageInProgressIsNotBegunAgainElsewhere() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> a = rig.peer(10).open(2);
    Tracked tracked = new Tracked(Values.text('x', 40_000));
    Disposable send = send(rig, tracked.message);
    rig.loop.run();
    TestPeer<Message> b = rig.peer(10).open(5);
    send.dispose();

    a.die();
    rig.assertEmpty();
    assertThat(b.frames).isEmpty();
    assertThat(tracked.released).hasValue(1);
    rig.close();
  }

  @Test
  void afterCompletionNothingHappens() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    rig.peer(10).open(2);
    Tracked tracked = new Tracked("0");
    Disposable send = send(rig, tracked.message);
    rig.assertEmpty();
    assertThat(log).containsExactly("sent");

    send.dispose();
    rig.assertEmpty();
    assertThat(tracked.released).hasValue(1);
    assertThat(log).containsExactly("sent");
  }

  @Test
  void inOnSubscribeTakesTheValueBackAtOnce() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10).open(2);
    Tracked tracked = new Tracked("0");
    AtomicInteger signals = new AtomicInteger();

    rig.port
        .send(tracked.message)
        .subscribe(
            new BaseSubscriber<>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                subscription.cancel();
              }

              @Override
              protected void hookOnComplete() {
                signals.incrementAndGet();
              }

              @Override
              protected void hookOnError(Throwable cause) {
                signals.incrementAndGet();
              }
            });
    rig.assertEmpty();
    assertThat(tracked.released).hasValue(1);
    assertThat(peer.received()).isEmpty();
    assertThat(signals).hasValue(0);
  }

  @Test
  void aTimeoutIsNoSuccess() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    Mono<Void> send =
        rig.port
            .send("0")
            .doOnSuccess(v -> log.add("success"))
            .timeout(Duration.ofSeconds(1), time)
            .doOnError(e -> log.add("error"));

    StepVerifier.create(send)
        .then(() -> time.advanceTimeBy(Duration.ofSeconds(1)))
        .verifyError(TimeoutException.class);
    assertThat(log).containsExactly("error");
    rig.assertEmpty();
  }

  @Test
  void lettingGoOfTheFirstInLineLetsOthersPass() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    TestPeer<String> small = rig.peer(new Limits(10, SendRig.FRAME, 5, 0)).open(1);
    rig.peer(10); // would take it, but gives no credit
    Disposable large = rig.port.send("too long for the first").subscribe();
    assertThat(rig.port.tryEmit("1")).isEqualTo(OK);
    rig.loop.run();
    assertThat(small.received()).isEmpty();

    large.dispose();
    rig.assertEmpty();
    assertThat(small.received()).containsExactly("1");
  }

  @Test
  void lettingGoOfTheFirstInLineWhileItIsLookedAtLetsOthersPass() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    Disposable large = rig.port.send("too long for the first").subscribe();
    rig.port.send("1").subscribe();
    codec.whileEncoding = large::dispose;
    TestPeer<String> small = rig.peer(new Limits(10, SendRig.FRAME, 5, 0)).open(1);
    rig.peer(10);

    rig.assertEmpty();
    assertThat(small.received()).containsExactly("1");
  }

  @Test
  void roomThatComesFreeIsGivenToASendAllWhenCreditComes() {
    SendRig<String> rig = new SendRig<>(Codec.utf8(), 1, 100, 10);
    TestPeer<String> peer = rig.peer(10);
    Disposable send = rig.port.send("0").subscribe();
    rig.port.sendAll(Mono.just("1")).subscribe();
    rig.loop.run();

    send.dispose();
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("1");
  }

  @Test
  void shellsAreSweptNowAndThen() {
    SendRig<Object> rig = new SendRig<>(new NeverEncoded(), 10, 100, 1000);
    List<WeakReference<Object>> subscribers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Object marker = new Object();
      subscribers.add(new WeakReference<>(marker));
      rig.port.send("x").subscribe(v -> {}, e -> marker.hashCode()).dispose();
      if (i % 100 == 0) {
        rig.loop.run();
      }
    }
    rig.loop.run();

    assertThat(rig.bounds.pending()).isZero();
    for (int i = 0; i < 50 && alive(subscribers) >= 64; i++) {
      System.gc();
    }
    assertThat(alive(subscribers)).isLessThan(64);
    assertThat(rig.router.isDrained()).isTrue();
  }

  private static long alive(List<WeakReference<Object>> references) {
    return references.stream().filter(reference -> reference.get() != null).count();
  }

  @Test
  void aShellHoldsNeitherValueNorMessage() {
    SendRig<Object> rig = new SendRig<>(new NeverEncoded());
    Object value = new Object();
    WeakReference<Object> waiting = new WeakReference<>(value);
    Disposable send = rig.port.send(value).subscribe();
    rig.loop.run();
    value = null;
    send.dispose();
    send = null;
    for (int i = 0; i < 50 && waiting.get() != null; i++) {
      System.gc();
    }
    assertThat(waiting.get()).isNull();

    SendRig<Message> messages = new SendRig<>(Codec.message());
    messages.peer(1);
    SendItem<Message> item = messages.port.encodeWithinBounds(Message.of("0"), null);
    assertThat(item.claim()).isTrue();
    item.drop(null);
    assertThat(item.message()).isNull();
  }

  @Test
  void aSweepNeedsNoPeerAndNoFurtherSend() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    List<Disposable> sends = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      sends.add(rig.port.send("x").subscribe());
    }
    rig.loop.run();

    sends.subList(0, 63).forEach(Disposable::dispose);
    assertThat(rig.loop.waiting()).isZero();
    sends.get(63).dispose();
    assertThat(rig.loop.waiting()).isEqualTo(1);
    rig.assertEmpty();
  }

  private Disposable send(SendRig<Message> rig, Message message) {
    return rig.port
        .send(message)
        .doOnSuccess(v -> log.add("sent"))
        .subscribe(v -> {}, e -> log.add(e.toString()));
  }

  private static final class NeverEncoded implements Codec<Object> {
    @Override
    public Message encode(Object value, io.netty.buffer.ByteBufAllocator allocator) {
      throw new AssertionError("encoded without a peer");
    }

    @Override
    public Object decode(Message message) {
      throw new AssertionError("nothing is received");
    }
  }
}
