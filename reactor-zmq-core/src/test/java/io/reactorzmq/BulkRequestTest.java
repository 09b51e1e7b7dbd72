package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** Large requests and replies, which travel on streams of their own. */
class BulkRequestTest extends SocketTest {

  private static final int MIB = 1024 * 1024;
  private static final ReqSpec<byte[], byte[]> REQ =
      Zmq.req().codec(Codec.bytes()).maxMessageSize(0);
  private static final RepSpec<byte[], byte[]> REP =
      Zmq.rep().codec(Codec.bytes()).maxMessageSize(0);

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static long crc(Message message) {
    CRC32 crc = new CRC32();
    for (int i = 0; i < message.partCount(); i++) {
      for (var piece : message.part(i).nioBuffers()) {
        crc.update(piece);
      }
    }
    return crc.getValue();
  }

  @ParameterizedTest
  @EachTransport({"tcp,1", "tcp,1000", "inproc,1", "inproc,1000"})
  void sizesAroundTheThresholdAndTheFramePassByteForByte(String transport, int hwm) {
    RepSocket rep = open(REP.handle(Mono::just).highWaterMark(hwm).bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(REQ.highWaterMark(hwm).connect(endpointOf(rep)));
    int frame = 256 * 1024;
    for (int size :
        List.of(0, 1, frame - 20, frame, frame + 1, MIB - 1, MIB, MIB + 1, 5 * MIB, 20 * MIB + 7)) {
      byte[] value = random(size);
      assertThat(req.request(value).block(SOON)).as(size + " bytes").isEqualTo(value);
    }
    closeClean(req);
    closeClean(rep);
  }

  @Timeout(120)
  @ParameterizedTest
  @EachTransport
  void twoHundredMegabytesEachWay(String transport) {
    int size = 200_000_000;
    byte[] request = random(size);
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.zeroCopy())
                .maxMessageSize(size)
                .handle(Mono::just)
                .bind(anyEndpoint(transport)));
    ReqSocket<Message, Message> req =
        open(Zmq.req().codec(Codec.zeroCopy()).maxMessageSize(size).connect(endpointOf(rep)));
    AtomicInteger released = new AtomicInteger();
    Message sent =
        Message.wrap(List.of(Unpooled.wrappedBuffer(request)), released::incrementAndGet);
    long before = crc(sent);
    Message reply = req.request(sent).block(Duration.ofSeconds(60));
    assertThat(reply.size()).isEqualTo(size);
    assertThat(crc(reply)).isEqualTo(before);
    reply.release();
    await("given back once").until(() -> released.get() == 1);
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @EachTransport
  void partsStayParts(String transport) {
    RepSocket rep =
        open(Zmq.rep().bulkThreshold(0).handle(Mono::just).bind(anyEndpoint(transport)));
    ReqSocket<Message, Message> req = open(Zmq.req().bulkThreshold(0).connect(endpointOf(rep)));
    byte[] large = random(3 * MIB);
    Message reply =
        req.request(Message.of(new byte[0], large, new byte[] {1}, new byte[0])).block(SOON);
    assertThat(reply.partCount()).isEqualTo(4);
    assertThat(reply.bytes(1)).isEqualTo(large);
    assertThat(reply.bytes(2)).containsExactly(1);
    assertThat(reply.partSize(0) + reply.partSize(3)).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void smallRequestsPassLargeOnesBy(String transport) {
    // the budget takes one large message at a time: the others wait in their sender's memory
    int large = 8 * MIB;
    RepSocket rep =
        open(REP.receiveBudgetBytes(4 * MIB).handle(Mono::just).bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(REQ.receiveBudgetBytes(4 * MIB).connect(endpointOf(rep)));
    awaitPeers(req, 1);
    List<String> order = new ArrayList<>();
    byte[] value = random(large);
    Mono<Void> all =
        Flux.range(0, 6)
            .flatMap(i -> req.request(value).doOnNext(r -> order.add("large " + r.length)))
            .then();
    Sinks.Empty<Void> done = Sinks.empty();
    all.subscribe(nothing -> {}, done::tryEmitError, done::tryEmitEmpty);
    for (int i = 0; i < 20; i++) {
      assertThat(req.request(new byte[64]).block(SOON)).hasSize(64);
    }
    done.asMono().block(SOON);
    assertThat(order).hasSize(6).allMatch(o -> o.equals("large " + large));
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @EachTransport
  void largeOnesThatAreGivenUpLeaveNothing(String transport) {
    Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
    RepSocket rep =
        open(
            REP.concurrency(3)
                .handle(
                    q -> {
                      sizes.add(q.length);
                      return Mono.just(q);
                    })
                .bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(REQ.connect(endpointOf(rep)));
    awaitPeers(req, 1);
    byte[] large = random(6 * MIB);
    Random random = new Random(7);
    int[] ended = new int[2];
    Flux.range(0, 150)
        .flatMap(
            i ->
                req.request(large)
                    .timeout(Duration.ofNanos(random.nextInt(20_000_000)))
                    .doOnNext(r -> assertThat(r).hasSize(large.length))
                    .doOnNext(r -> ended[0]++)
                    .onErrorResume(
                        TimeoutException.class,
                        e -> {
                          synchronized (ended) {
                            ended[1]++;
                          }
                          return Mono.empty();
                        }),
            6)
        .then()
        .block(Duration.ofSeconds(50));
    assertThat(ended[0] + ended[1]).isEqualTo(150);
    assertThat(ended[1]).isPositive();
    await("slots are free").atMost(SOON).until(() -> req.metrics().inFlight() == 0);
    assertThat(sizes).allMatch(s -> s == large.length);
    assertThat(Flux.range(0, 6).flatMap(i -> req.request(large), 6).count().block(SOON))
        .isEqualTo(6);
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @EachTransport
  void aLargeReplyThatIsGivenUpIsReleased(String transport) {
    AtomicInteger released = new AtomicInteger();
    AtomicInteger made = new AtomicInteger();
    byte[] content = random(8 * MIB);
    RepSocket rep =
        open(
            Zmq.rep()
                .handle(
                    q -> {
                      made.incrementAndGet();
                      ByteBuf part = Unpooled.wrappedBuffer(content);
                      return Mono.just(Message.wrap(List.of(part), released::incrementAndGet));
                    })
                .bind(anyEndpoint(transport)));
    // with this budget one reply is fetched at a time; the others stay announced
    ReqSocket<Message, Message> req =
        open(Zmq.req().receiveBudgetBytes(4 * MIB).connect(endpointOf(rep)));
    for (int round = 0; round < 10; round++) {
      List<reactor.core.Disposable> requests = new ArrayList<>();
      int before = made.get();
      for (int i = 0; i < 5; i++) {
        requests.add(req.request(Message.of("q")).subscribe(r -> {}, e -> {}));
      }
      await().until(() -> made.get() > before);
      requests.forEach(reactor.core.Disposable::dispose);
      await().atMost(SOON).until(() -> req.metrics().inFlight() == 0);
    }
    await("every reply is given back").until(() -> released.get() == made.get());
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @EachTransport
  void whatAPeerNeverHadWholeMayBeSentAgain(String transport) {
    // the first REP has no memory for it: another one, larger, is let in alone and never ends
    RepSocket dying =
        open(
            REP.receiveBudgetBytes(4 * MIB)
                .linger(Duration.ZERO)
                .handle(q -> Mono.never())
                .bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(REQ.connect(endpointOf(dying)));
    awaitPeers(req, 1);
    byte[] large = random(64 * MIB);
    List<Mono<byte[]>> requests = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Mono<byte[]> request = req.request(large).cache();
      request.subscribe(r -> {}, e -> {});
      requests.add(request);
    }
    await().until(() -> req.metrics().inFlight() == 3);
    dying.disposeLater().block(SOON);
    int again = 0;
    for (Mono<byte[]> request : requests) {
      Throwable failure = request.materialize().block(SOON).getThrowable();
      assertThat(failure).isInstanceOf(PeerUnavailableException.class);
      boolean maybe = ((PeerUnavailableException) failure).maybeProcessed();
      assertThat(ZmqException.isTransient(failure)).isEqualTo(!maybe);
      again += maybe ? 0 : 1;
    }
    assertThat(again).isPositive();
    assertThat(req.metrics().queuedBytes()).isZero();
    RepSocket next = open(REP.handle(Mono::just).bind(anyEndpoint(transport)));
    req.connect(endpointOf(next));
    assertThat(req.request(large).block(SOON)).hasSize(large.length);
  }

  @ParameterizedTest
  @EachTransport
  void whoLeavesInGoodOrderFinishesLargeOnes(String transport) {
    RepSocket rep = open(REP.linger(SOON).handle(Mono::just).bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(REQ.linger(SOON).connect(endpointOf(rep)));
    awaitPeers(req, 1);
    byte[] large = random(30 * MIB);
    Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 3; i++) {
      req.request(large).subscribe(r -> sizes.add(r.length), e -> sizes.add(-1));
    }
    await().until(() -> req.metrics().inFlight() == 3);
    assertThat(rep.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    await().until(() -> sizes.size() == 3);
    assertThat(sizes).containsOnly(large.length);
    closeClean(req);
  }

  @ParameterizedTest
  @EachTransport
  void aLargeReplyAboveTheRequestersLimitIsAFailure(String transport) {
    RepSocket rep =
        open(REP.handle(q -> Mono.just(new byte[3 * MIB])).bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(REQ.maxMessageSize(2 * MIB).connect(endpointOf(rep)));
    StepVerifier.create(req.request(new byte[1]))
        .expectErrorSatisfies(
            e -> assertThat(((RemoteException) e).code()).isEqualTo(RemoteException.Code.TOO_LARGE))
        .verify(SOON);
  }
}
