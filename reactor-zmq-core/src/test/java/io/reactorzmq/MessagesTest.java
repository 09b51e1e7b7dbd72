package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What a message may be, who owns it, and where it is delivered. */
class MessagesTest extends SocketTest {

  @ParameterizedTest
  @EachTransport
  void partsKeepTheirNumberOrderAndEmptiness(String transport) {
    PullSocket<Message> pull = open(Zmq.pull().bind(anyEndpoint(transport)));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    Queue<Message> received = collect(pull);
    String large = "x".repeat(700_000);
    push.sendAll(
            Flux.just(
                Message.of("a", "", "c"),
                Message.of("", ""),
                Message.of("head", large, "", large, "tail"),
                Message.of(
                    Flux.range(0, 1000)
                        .map(i -> "p" + i)
                        .collectList()
                        .block()
                        .toArray(String[]::new))))
        .block(SOON);
    awaitSize(received, 4);
    assertThat(texts(received.poll())).containsExactly("a", "", "c");
    assertThat(texts(received.poll())).containsExactly("", "");
    assertThat(texts(received.poll())).containsExactly("head", large, "", large, "tail");
    assertThat(texts(received.poll())).hasSize(1000).startsWith("p0", "p1").endsWith("p999");
    closeClean(push);
  }

  private static List<String> texts(Message message) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < message.partCount(); i++) {
      texts.add(message.text(i));
    }
    message.release();
    return texts;
  }

  @ParameterizedTest
  @EachTransport
  void aMessageFarAboveSixteenMebibytesPassesWithoutBeingCopiedTogether(String transport) {
    int size = 150 << 20;
    PullSocket<Message> pull =
        open(Zmq.pull().codec(Codec.zeroCopy()).maxMessageSize(0).bind(anyEndpoint(transport)));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    ByteBuf source = Unpooled.directBuffer(size);
    byte[] chunk = new byte[10 << 20];
    for (int c = 0; c < size / chunk.length; c++) {
      new Random(c).nextBytes(chunk);
      source.writeBytes(chunk);
    }
    CountDownLatch yoursAgain = new CountDownLatch(1);
    Message message = Message.wrap(List.of(source), yoursAgain::countDown);
    // in one process the memory is shared, so the send completes when the receiver has released it
    Mono<Boolean> checked =
        pull.receive()
            .next()
            .map(
                got -> {
                  ByteBuf part = got.part(0);
                  assertThat(part.readableBytes()).isEqualTo(size);
                  byte[] arrived = new byte[chunk.length];
                  for (int c = 0; c < size / chunk.length; c++) {
                    new Random(c).nextBytes(chunk);
                    part.getBytes(c * chunk.length, arrived);
                    assertThat(Arrays.equals(arrived, chunk)).as("chunk " + c).isTrue();
                  }
                  return got.release();
                });
    StepVerifier.create(Mono.zip(push.send(message).thenReturn(true), checked))
        .expectNextCount(1)
        .expectComplete()
        .verify(Duration.ofSeconds(45));
    await().until(() -> yoursAgain.getCount() == 0);
    assertThat(source.refCnt()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void aMessageThatNoPeerTakesFailsAndTheNextOnePasses(String transport) {
    PullSocket<byte[]> pull =
        open(Zmq.pull().codec(Codec.bytes()).maxMessageSize(1000).bind(anyEndpoint(transport)));
    PushSocket<byte[]> push = open(Zmq.push().codec(Codec.bytes()).connect(endpointOf(pull)));
    Queue<SocketEvent> events = events(push);
    Queue<byte[]> received = collect(pull);
    awaitEvent(events, SocketEvent.Connected.class);
    StepVerifier.create(push.send(new byte[1001]))
        .expectErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(MessageTooLargeException.class)
                    .hasMessageContaining("1001")
                    .hasMessageContaining("maxMessageSize")
                    .hasMessageContaining("1000"))
        .verify(SOON);
    assertThat(push.tryEmit(new byte[1001])).isEqualTo(EmitResult.OK);
    awaitEvent(events, SocketEvent.Dropped.class);
    push.send(new byte[1000]).block(SOON);
    awaitSize(received, 1);
    assertThat(push.metrics().dropped()).isEqualTo(2);
    assertThat(push.peers()).hasSize(1);
  }

  @ParameterizedTest
  @EachTransport
  void anUndecodableMessageIsSkippedCountedAndReported(String transport) {
    PullSocket<String> pull =
        open(Zmq.pull().codec(Codec.utf8()).highWaterMark(1).bind(anyEndpoint(transport)));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    Queue<SocketEvent> events = events(pull);
    Queue<String> received = collect(pull);
    push.sendAll(Flux.just(Message.of("a"), Message.of("two", "parts"), Message.of("b")))
        .block(SOON);
    awaitSize(received, 2);
    assertThat(received).containsExactly("a", "b");
    SocketEvent.Undecodable event = awaitEvent(events, SocketEvent.Undecodable.class);
    assertThat(event.cause()).hasMessageContaining("2 parts");
    assertThat(event.peer().type()).isEqualTo("PUSH");
    assertThat(pull.metrics().undecodable()).isEqualTo(1);
    closeClean(push);
  }

  @Test
  @Tag("inproc")
  void anUndecodableMessageEndsTheSubscriptionIfAskedTo() {
    PullSocket<String> pull =
        open(
            Zmq.pull()
                .codec(Codec.utf8())
                .onUndecodable(OnUndecodable.FAIL)
                .bind(anyEndpoint("inproc")));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    push.sendAll(Flux.just(Message.of("a"), Message.of("two", "parts"), Message.of("b")))
        .subscribe();
    StepVerifier.create(pull.receive())
        .expectNext("a")
        .expectError(CodecException.class)
        .verify(SOON);
    StepVerifier.create(pull.receive().next()).expectNext("b").expectComplete().verify(SOON);
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aReferenceCountedValueIsSentOncePerSubscriptionUnlessRetained(String transport) {
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind(anyEndpoint(transport)));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    Queue<String> received = collect(pull);
    AtomicInteger returned = new AtomicInteger();
    Message message =
        Message.wrap(List.of(Unpooled.wrappedBuffer("once".getBytes())), returned::incrementAndGet);
    Mono<Void> send = push.send(message);
    StepVerifier.create(send).expectComplete().verify(SOON);
    StepVerifier.create(send)
        .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("Mono.defer"))
        .verify(SOON);
    await().until(() -> returned.get() == 1);
    Message kept = Message.of("again");
    Mono<Void> repeatable = Mono.defer(() -> push.send(kept.retain()));
    repeatable.then(repeatable).block(SOON);
    assertThat(kept.release()).isTrue();
    awaitSize(received, 3);
  }

  @ParameterizedTest
  @EachTransport
  void oneSocketBindsAndConnectsAtSeveralEndpoints(String transport) {
    PushSocket<String> push =
        open(
            Zmq.push()
                .codec(Codec.utf8())
                .bind(anyEndpoint(transport))
                .bind(anyEndpoint(transport)));
    PullSocket<String> far = open(Zmq.pull().codec(Codec.utf8()).bind(anyEndpoint(transport)));
    push.connect(endpointOf(far));
    await().until(() -> push.endpoints().size() == 3);
    List<PullSocket<String>> pulls = new ArrayList<>(List.of(far));
    for (int i = 0; i < 2; i++) {
      pulls.add(open(Zmq.pull().codec(Codec.utf8()).connect(push.endpoints().get(i))));
    }
    Queue<String> received = new ConcurrentLinkedQueue<>();
    pulls.forEach(pull -> pull.receive().subscribe(received::add));
    awaitPeers(push, 3);
    AtomicInteger sent = new AtomicInteger();
    await("each of the three gets some")
        .atMost(SOON)
        .until(
            () -> {
              push.sendAll(Flux.range(0, 30).map(i -> "m" + sent.getAndIncrement())).block(SOON);
              return pulls.stream().allMatch(pull -> pull.metrics().received() > 0);
            });
    awaitSize(received, sent.get());
    assertThat(received).hasSize(sent.get()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void callbacksMayBlockOnTheirOwnSchedulerWithoutCostingTheConnection(String transport)
      throws Exception {
    Scheduler callbacks = Schedulers.newBoundedElastic(4, 100, "callbacks");
    ZmqResources own =
        ZmqResources.builder().eventLoops(1).allocator(allocator).callbacks(callbacks).build();
    PullSocket<String> pull =
        Zmq.pull()
            .codec(Codec.utf8())
            .keepAlive(Duration.ofMillis(50), Duration.ofMillis(400))
            .resources(own)
            .bind(anyEndpoint(transport))
            .openNow();
    PushSocket<String> push =
        open(
            Zmq.push()
                .codec(Codec.utf8())
                .keepAlive(Duration.ofMillis(50), Duration.ofMillis(400))
                .connect(endpointOf(pull)));
    Queue<SocketEvent> events = events(push);
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Queue<String> threads = new ConcurrentLinkedQueue<>();
    pull.receive()
        .subscribe(
            v -> {
              threads.add(Thread.currentThread().getName());
              blocked.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    push.sendAll(Flux.just("a", "b", "c")).block(SOON);
    blocked.await();
    Mono.delay(Duration.ofMillis(1200)).block();
    assertThat(events).noneMatch(SocketEvent.Disconnected.class::isInstance);
    goOn.countDown();
    awaitSize(threads, 3);
    assertThat(threads).allMatch(name -> name.startsWith("callbacks"));
    closeClean(push);
    own.disposeLater().block(SOON);
    callbacks.dispose();
  }
}
