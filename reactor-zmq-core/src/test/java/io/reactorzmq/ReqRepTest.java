package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.error.RemoteException.Code;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/**
 * The REQ/REP statements, over each transport; what dies in them dies in RealProcessRequestTest.
 */
class ReqRepTest extends SocketTest {

  private static final ReqSpec<String, String> REQ = Zmq.req().codec(Codec.utf8());
  private static final RepSpec<String, String> REP = Zmq.rep().codec(Codec.utf8());

  /** A REP with a name, which its replies begin with. */
  private RepSocket named(String name, String transport) {
    return open(REP.handle(q -> Mono.just(name + q)).bind(anyEndpoint(transport)));
  }

  private ReqSocket<String, String> reqTo(ZmqSocket... reps) {
    ReqSpec<String, String> spec = REQ;
    for (ZmqSocket rep : reps) {
      spec = spec.connect(endpointOf(rep));
    }
    ReqSocket<String, String> req = open(spec);
    awaitPeers(req, reps.length);
    return req;
  }

  /** A REP whose handlers do not answer before the test says so. */
  private static final class Held implements Function<String, Mono<String>> {
    final Map<String, Sinks.One<String>> held = new ConcurrentHashMap<>();
    final Queue<String> order = new ConcurrentLinkedQueue<>();
    final Queue<String> cancelled = new ConcurrentLinkedQueue<>();

    @Override
    public Mono<String> apply(String request) {
      Sinks.One<String> answer = Sinks.one();
      held.put(request, answer);
      order.add(request);
      return answer.asMono().doOnCancel(() -> cancelled.add(request));
    }

    void answer(String request) {
      held.get(request).tryEmitValue("re:" + request).orThrow();
    }

    void awaitRequests(int n) {
      await("requests at the handler").atMost(SOON).until(() -> order.size() >= n);
    }
  }

  private static Mono<String> timingOut(ReqSocket<String, String> req, String request) {
    return req.request(request).timeout(Duration.ofMillis(100));
  }

  /** A peer that has just come may not have opened its credit yet. */
  private static void awaitAnswersOf(ReqSocket<String, String> req, long reps) {
    await("all have opened their credit")
        .atMost(SOON)
        .until(
            () ->
                Flux.range(0, (int) reps).concatMap(i -> req.request("")).distinct().count().block()
                    == reps);
  }

  private static void awaitIdle(ReqSocket<?, ?> req) {
    await("no request in flight").atMost(SOON).until(() -> req.metrics().inFlight() == 0);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T1 N requests over k connected REPs reach them in rotation, n/k each")
  void requestsRotate(String transport) {
    RepSocket[] reps = {named("a", transport), named("b", transport), named("c", transport)};
    ReqSocket<String, String> req = reqTo(reps);
    awaitAnswersOf(req, 3);
    // no more at a time than there is credit for, whatever shares a frame
    List<String> answers =
        Flux.range(0, 300)
            .flatMapSequential(i -> req.request("").map(r -> r.substring(0, 1)), 3)
            .collectList()
            .block(SOON);
    Map<String, Integer> each = new HashMap<>();
    answers.forEach(name -> each.merge(name, 1, Integer::sum));
    assertThat(each).containsOnly(Map.entry("a", 100), Map.entry("b", 100), Map.entry("c", 100));
    for (int i = 3; i < answers.size(); i++) {
      assertThat(answers.get(i)).as("request " + i).isEqualTo(answers.get(i - 3));
    }
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T2 With no connected peer a request is neither lost nor answered: it waits, or errors at the"
          + " send deadline; it is sent when a peer appears in time")
  void aRequestWaitsForAPeer(String transport) {
    String endpoint = knownEndpoint(transport);
    ReqSocket<String, String> req = open(REQ.connect(endpoint));
    StepVerifier.create(timingOut(req, "too early"))
        .expectError(TimeoutException.class)
        .verify(SOON);
    assertThat(req.metrics().pendingSends()).isZero();

    List<String> asked = new ArrayList<>();
    StepVerifier.create(req.request("in time"))
        .then(
            () ->
                open(
                    REP.handle(
                            q -> {
                              asked.add(q);
                              return Mono.just("re:" + q);
                            })
                        .bind(endpoint)))
        .expectNext("re:in time")
        .expectComplete()
        .verify(SOON);
    assertThat(asked).containsExactly("in time");
  }

  @Test
  @Tag("inproc")
  void moreRequestsThanMayWaitAreRefused() {
    ReqSocket<String, String> req = open(REQ.maxPendingSends(2).connect(knownEndpoint("inproc")));
    req.request("1").subscribe(r -> {}, e -> {});
    req.request("2").subscribe(r -> {}, e -> {});
    StepVerifier.create(req.request("3"))
        .expectErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(OverflowException.class)
                    .hasMessageStartingWith("request: ")
                    .hasMessageContaining("2 of 2 sends waiting (maxPendingSends)")
                    .matches(ZmqException::isTransient))
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T5 Relaxed mode: after abandoning request 1, its late reply is dropped and never delivered"
          + " as the reply to request 2")
  void aLateReplyIsNobodyElses(String transport) {
    // the handler answers although it was cancelled: the reply crosses the cancel on the wire
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = reqTo(rep);
    List<String> second = new ArrayList<>();
    var first = req.request("1").subscribe(r -> second.add("first got " + r));
    held.awaitRequests(1);
    req.request("2").subscribe(second::add);
    held.awaitRequests(2);

    held.answer("1");
    first.dispose();
    held.answer("2");

    await().until(() -> !second.isEmpty());
    awaitIdle(req);
    assertThat(second).last().isEqualTo("re:2");
    assertThat(second).filteredOn(r -> !r.startsWith("first got")).containsExactly("re:2");
    assertThat(req.metrics().lateReplies() + second.size()).isEqualTo(2);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T8 A REP serves 5 clients fairly: no client waits for more than one turn of the others")
  void clientsAreServedInTurn(String transport) {
    int clients = 5;
    int each = 4; // each may be a frame of its own, and there is credit for four
    Held held = new Held();
    RepSocket rep =
        open(REP.handle(held).concurrency(each).highWaterMark(1000).bind(anyEndpoint(transport)));
    // the first one takes all handlers, so that the requests of the others wait
    ReqSocket<String, String> first = reqTo(rep);
    for (int i = 0; i < each; i++) {
      first.request("first" + i).subscribe(r -> {}, e -> {});
    }
    held.awaitRequests(each);
    for (int c = 0; c < clients; c++) {
      ReqSocket<String, String> client = reqTo(rep);
      for (int i = 0; i < each; i++) {
        client.request(c + ":" + i).subscribe(r -> {}, e -> {});
      }
    }
    await("all wait").atMost(SOON).until(() -> rep.metrics().undelivered() == clients * each);

    for (int i = 0; i < each; i++) {
      held.answer("first" + i);
    }
    List<String> turns = new ArrayList<>();
    for (int answered = 0; answered < clients * each; answered++) {
      held.awaitRequests(each + answered + 1);
      String request = new ArrayList<>(held.order).get(each + answered);
      turns.add(request.substring(0, 1));
      held.answer(request);
    }
    for (int turn = 0; turn < each; turn++) {
      assertThat(turns.subList(turn * clients, (turn + 1) * clients))
          .as("turn " + turn)
          .containsExactlyInAnyOrder("0", "1", "2", "3", "4");
    }
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T9 Interleaved, delayed, out-of-order replies each reach only the client that asked, also"
          + " when answered from other threads")
  void repliesReachWhoAsked(String transport) {
    RepSocket rep =
        open(
            REP.handle(
                    q ->
                        Mono.delay(Duration.ofMillis(q.hashCode() & 7), Schedulers.parallel())
                            .publishOn(Schedulers.boundedElastic())
                            .thenReturn("re:" + q))
                .bind(anyEndpoint(transport)));
    int clients = 4;
    int each = 1000;
    Flux.range(0, clients)
        .flatMap(
            c -> {
              ReqSocket<String, String> req = reqTo(rep);
              return Flux.range(0, each)
                  .flatMap(
                      i -> {
                        String request = c + ":" + i;
                        return req.request(request)
                            .doOnNext(reply -> assertThat(reply).isEqualTo("re:" + request));
                      },
                      50);
            })
        .count()
        .as(StepVerifier::create)
        .expectNext((long) clients * each)
        .expectComplete()
        .verify(SOON);
    assertThat(rep.metrics().received()).isEqualTo(clients * each);
    assertThat(rep.metrics().sent()).isEqualTo(clients * each);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T13 Multipart request/reply keep number, order and empty frames")
  void multipartStaysAsItIs(String transport) {
    RepSocket rep =
        open(
            Zmq.rep()
                .handle(
                    q -> {
                      List<String> parts = new ArrayList<>();
                      for (int i = 0; i < q.partCount(); i++) {
                        parts.add(q.text(i));
                      }
                      Collections.reverse(parts);
                      return Mono.just(Message.of(parts.toArray(String[]::new)));
                    })
                .bind(anyEndpoint(transport)));
    ReqSocket<Message, Message> req = open(Zmq.req().connect(endpointOf(rep)));
    StepVerifier.create(req.request(Message.of("", "a", "", "bc", "")))
        .assertNext(
            reply -> {
              assertThat(reply.partCount()).isEqualTo(5);
              assertThat(IntStream.range(0, 5).mapToObj(reply::text))
                  .containsExactly("", "bc", "", "a", "");
            })
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T15 A request given up by timeout() leaves no entry behind; its slot is free at the answer to"
          + " its cancel")
  void aRequestGivenUpLeavesNothing(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).concurrency(2).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = reqTo(rep);
    // more than there are slots, so the last ones need the slots of the first
    for (int i = 0; i < 10; i++) {
      StepVerifier.create(timingOut(req, "given up " + i))
          .expectError(TimeoutException.class)
          .verify(SOON);
      awaitIdle(req);
    }
    assertThat(held.cancelled).hasSize(10);
    assertThat(rep.metrics().cancelled()).isEqualTo(10);
    assertThat(req.metrics().queuedMessages()).isZero();
    assertThat(req.metrics().pendingSends()).isZero();
    StepVerifier.create(req.request("kept"))
        .then(() -> held.awaitRequests(11))
        .then(() -> held.answer("kept"))
        .expectNext("re:kept")
        .expectComplete()
        .verify(SOON);
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @EachTransport
  void aCancelReachesRequestsThatWaitForAHandler(String transport) {
    // high-water mark 1: the request that waits holds all credit, and its cancel needs none
    Held held = new Held();
    RepSocket rep =
        open(REP.handle(held).concurrency(1).highWaterMark(1).bind(anyEndpoint(transport)));
    ReqSocket<String, String> first = reqTo(rep);
    first.request("runs").subscribe(r -> {}, e -> {});
    held.awaitRequests(1);
    ReqSocket<String, String> second = reqTo(rep);
    for (int i = 0; i < 5; i++) {
      var waits = second.request("waits" + i).subscribe();
      await().until(() -> rep.metrics().undelivered() == 1);
      waits.dispose();
      awaitIdle(second);
      assertThat(rep.metrics().undelivered()).isZero();
    }
    assertThat(held.order).containsExactly("runs");
    StepVerifier.create(second.request("asked"))
        .then(() -> await().until(() -> rep.metrics().undelivered() == 1))
        .then(() -> held.answer("runs"))
        .then(() -> held.awaitRequests(2))
        .then(() -> held.answer("asked"))
        .expectNext("re:asked")
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T16 Handler exception, decode failure, peer crash mid-request: requester gets an error"
          + " signal, never an empty success")
  void everyFailureIsASignal(String transport) {
    Map<String, Mono<String>> answers = new HashMap<>();
    answers.put("fails", Mono.error(new IllegalStateException("secret")));
    answers.put("is empty", Mono.empty());
    answers.put("chooses", Mono.error(new RemoteException(Code.HANDLER, true, "come back later")));
    answers.put("overflows", Mono.error(new OverflowException("downstream is full")));
    Function<String, Mono<String>> handler =
        q -> {
          if (q.equals("throws")) {
            throw new IllegalArgumentException("secret");
          }
          return answers.get(q); // null for what is not there
        };
    ReqSocket<String, String> req = reqTo(open(REP.handle(handler).bind(anyEndpoint(transport))));
    assertRemote(req.request("fails"), Code.HANDLER, false, "handler failed");
    assertRemote(req.request("throws"), Code.HANDLER, false, "handler failed");
    assertRemote(req.request("returns null"), Code.HANDLER, false, "handler failed");
    assertRemote(req.request("is empty"), Code.HANDLER, false, "the handler ended without a reply");
    assertRemote(req.request("chooses"), Code.HANDLER, true, "come back later");
    assertRemote(req.request("overflows"), Code.HANDLER, false, "handler failed");

    ReqSocket<String, String> told =
        reqTo(open(REP.handle(handler).exposeErrors(true).bind(anyEndpoint(transport))));
    assertRemote(
        told.request("fails"),
        Code.HANDLER,
        false,
        "handler failed: java.lang.IllegalStateException: secret");
  }

  @ParameterizedTest
  @EachTransport
  void evenAMissingClassIsTheFailureOfItsRequestAlone(String transport) {
    Held held = new Held();
    RepSocket rep =
        open(
            REP.handle(
                    q ->
                        switch (q) {
                          case "throws" -> throw new NoClassDefFoundError("gone");
                          case "within" ->
                              Mono.just(q)
                                  .map(
                                      x -> {
                                        throw new NoClassDefFoundError("gone");
                                      });
                          default -> held.apply(q);
                        })
                .concurrency(2)
                .bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = reqTo(rep);
    Mono<String> beside = req.request("beside").cache();
    beside.subscribe(r -> {}, e -> {});
    held.awaitRequests(1);
    for (int i = 0; i < 3; i++) {
      assertRemote(req.request("throws"), Code.HANDLER, false, "handler failed");
      assertRemote(req.request("within"), Code.HANDLER, false, "handler failed");
    }
    held.answer("beside");
    assertThat(beside.block(SOON)).isEqualTo("re:beside");
  }

  private static void assertRemote(
      Mono<?> request, Code code, boolean isTransient, String message) {
    StepVerifier.create(request)
        .expectErrorSatisfies(
            e -> {
              assertThat(e).isInstanceOf(RemoteException.class).hasMessage(message);
              assertThat(((RemoteException) e).code()).isEqualTo(code);
              assertThat(ZmqException.isTransient(e)).isEqualTo(isTransient);
            })
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T12 A malformed request is dropped for that peer only; the next valid one is answered")
  void whatACodecRefusesIsAFailureOfThatRequestOnly(String transport) {
    RepSocket rep = named("", transport);
    Queue<SocketEvent> events = events(rep);
    ReqSocket<Message, Message> req = open(Zmq.req().connect(endpointOf(rep)));
    // a text is one part
    assertRemote(
        req.request(Message.of("a", "b")), Code.CODEC, false, "the codec refused the request");
    StepVerifier.create(req.request(Message.of("valid")))
        .assertNext(reply -> assertThat(reply.text(0)).isEqualTo("valid"))
        .expectComplete()
        .verify(SOON);
    assertThat(rep.metrics().undecodable()).isEqualTo(1);
    awaitEvent(events, SocketEvent.Undecodable.class);

    ReqSocket<Message, String> strict =
        open(
            Zmq.req()
                .codec(Codec.message(), Codec.utf8())
                .connect(
                    endpointOf(open(Zmq.rep().handle(Mono::just).bind(anyEndpoint(transport))))));
    Queue<SocketEvent> strictEvents = events(strict);
    StepVerifier.create(strict.request(Message.of("a", "b")))
        .expectError(CodecException.class)
        .verify(SOON);
    StepVerifier.create(strict.request(Message.of("valid")))
        .expectNext("valid")
        .expectComplete()
        .verify(SOON);
    assertThat(strict.metrics().undecodable()).isEqualTo(1);
    awaitEvent(strictEvents, SocketEvent.Undecodable.class);
  }

  @ParameterizedTest
  @EachTransport
  void aReplyThatTheRequesterRefusesIsAFailure(String transport) {
    RepSocket rep = open(REP.handle(q -> Mono.just("x".repeat(2000))).bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(rep);
    ReqSocket<String, String> req = open(REQ.maxMessageSize(1000).connect(endpointOf(rep)));
    assertRemote(
        req.request("q"),
        Code.TOO_LARGE,
        false,
        "the message has 2000 bytes, the receiver's maxMessageSize is 1000");
    awaitEvent(events, SocketEvent.Dropped.class);
    closeClean(req);
  }

  @ParameterizedTest
  @EachTransport
  void aRequestThatEveryPeerRefusesFails(String transport) {
    RepSocket rep = open(REP.maxMessageSize(1000).handle(Mono::just).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = reqTo(rep);
    StepVerifier.create(req.request("x".repeat(1001)))
        .expectError(MessageTooLargeException.class)
        .verify(SOON);
    StepVerifier.create(req.request("x".repeat(1000)))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  void aPeerNeverHasMoreThanItsConcurrencyAllows(String transport) {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Queue<Sinks.One<String>> held = new ConcurrentLinkedQueue<>();
    RepSocket rep =
        open(
            REP.handle(
                    q -> {
                      most.accumulateAndGet(running.incrementAndGet(), Math::max);
                      Sinks.One<String> answer = Sinks.one();
                      held.add(answer);
                      return answer.asMono();
                    })
                .concurrency(3)
                .bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = reqTo(rep);
    int n = 20;
    List<String> answers = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < n; i++) {
      req.request("" + i).subscribe(answers::add);
    }
    for (int i = 0; i < n; i++) {
      int left = Math.min(3, n - i);
      await().atMost(SOON).until(() -> held.size() == left);
      assertThat(req.metrics().inFlight()).isLessThanOrEqualTo(3);
      running.decrementAndGet();
      held.remove().tryEmitValue("x").orThrow();
    }
    await().atMost(SOON).until(() -> answers.size() == n);
    assertThat(most).hasValue(3);
  }

  @ParameterizedTest
  @EachTransport
  void aPeerWithoutRoomIsPassedBy(String transport) {
    Held held = new Held();
    RepSocket slow = open(REP.handle(held).concurrency(1).bind(anyEndpoint(transport)));
    RepSocket fast = named("fast:", transport);
    ReqSocket<String, String> req = reqTo(slow, fast);
    req.request("stuck").subscribe(r -> {}, e -> {});
    req.request("other").subscribe(r -> {}, e -> {}); // whichever of the two goes to which
    held.awaitRequests(1);
    StepVerifier.create(Flux.range(0, 100).flatMap(i -> req.request("" + i), 10))
        .expectNextCount(100)
        .expectComplete()
        .verify(SOON);
    assertThat(held.order).hasSize(1);
  }

  @ParameterizedTest
  @EachTransport
  void aRepThatLeavesInGoodOrderAnswersWhatItHas(String transport) {
    Held held = new Held();
    RepSocket leaving = open(REP.handle(held).linger(SOON).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = reqTo(leaving);
    Queue<String> answers = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 10; i++) {
      req.request("" + i).subscribe(answers::add, e -> answers.add(e.toString()));
    }
    held.awaitRequests(10);
    Mono<CloseReport> closing = leaving.disposeLater().cache();
    closing.subscribe();
    // it is asked nothing more
    req.connect(endpointOf(named("next:", transport)));
    assertThat(req.request("later").block(SOON)).isEqualTo("next:later");
    for (int i = 0; i < 10; i++) {
      held.answer("" + i);
    }
    assertThat(closing.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    await().until(() -> answers.size() == 10);
    assertThat(answers).allMatch(a -> a.startsWith("re:"));
    assertThat(req.metrics().unconfirmed()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void repsComeAndGoWhileRequestsGoOn(String transport) {
    ReqSocket<String, String> req = open(REQ.bind(anyEndpoint(transport)));
    RepSpec<String, String> spec =
        REP.handle(Mono::just).linger(SOON).connect(endpointOf(req)).resources(resources);
    RepSocket first = spec.openNow();
    AtomicInteger answers = new AtomicInteger();
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    var asking =
        Flux.range(0, Integer.MAX_VALUE)
            .flatMap(i -> req.request("" + i), 16)
            .subscribe(r -> answers.incrementAndGet(), failures::add);
    for (int i = 0; i < 20; i++) {
      int before = answers.get();
      RepSocket second = spec.openNow();
      awaitPeers(req, 2);
      await().atMost(SOON).until(() -> answers.get() > before + 100 || !failures.isEmpty());
      assertThat(first.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
      first = second;
    }
    assertThat(failures).isEmpty();
    asking.dispose();
    first.disposeLater().block(SOON);
  }

  @ParameterizedTest
  @EachTransport
  void aReqThatLeavesInGoodOrderGetsItsAnswers(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(REQ.linger(SOON).connect(endpointOf(rep)));
    Queue<String> answers = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 10; i++) {
      req.request("" + i).subscribe(answers::add, e -> answers.add(e.toString()));
    }
    held.awaitRequests(10);
    Mono<CloseReport> closing = req.disposeLater().cache();
    closing.subscribe();
    await("it has begun to close")
        .untilAsserted(
            () ->
                StepVerifier.create(timingOut(req, "too late"))
                    .expectError(ClosedException.class)
                    .verify(SOON));
    for (int i = 0; i < 10; i++) {
      held.answer("" + i);
    }
    assertThat(closing.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    assertThat(answers).hasSize(10).allMatch(a -> a.startsWith("re:"));
    awaitPeers(rep, 0);
    assertThat(rep.metrics().unconfirmed()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void whatIsUnansweredWhenLingerIsOverFailsWithClosed(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req =
        open(REQ.linger(Duration.ofMillis(100)).connect(endpointOf(rep)));
    StepVerifier.create(req.request("never"))
        .then(() -> held.awaitRequests(1))
        .then(() -> assertThat(req.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 1, 0)))
        .expectError(ClosedException.class)
        .verify(SOON);
    await("the handler hears of it").until(() -> held.cancelled.contains("never"));
  }

  @ParameterizedTest
  @EachTransport
  void aRepThatClosesByForceFailsWhatItHas(String transport) {
    Held held = new Held();
    RepSocket rep =
        open(
            REP.handle(held)
                .concurrency(1)
                .highWaterMark(10)
                .linger(Duration.ofMillis(100))
                .bind(anyEndpoint(transport)));
    ReqSocket<String, String> first = reqTo(rep);
    ReqSocket<String, String> second = reqTo(rep);
    Mono<String> running = first.request("runs").cache();
    running.subscribe(r -> {}, e -> {});
    held.awaitRequests(1);
    Mono<String> waiting = second.request("waits").cache();
    waiting.subscribe(r -> {}, e -> {});
    await().until(() -> rep.metrics().undelivered() == 1);

    assertThat(rep.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 2));

    assertUnavailable(running, true);
    assertUnavailable(waiting, true);
    assertThat(held.cancelled).containsExactly("runs");
    await().until(() -> first.metrics().unconfirmed() == 1);
  }

  private static void assertUnavailable(Mono<String> request, boolean maybeProcessed) {
    StepVerifier.create(request)
        .expectErrorSatisfies(
            e -> {
              assertThat(e).isInstanceOf(PeerUnavailableException.class);
              assertThat(((PeerUnavailableException) e).maybeProcessed()).isEqualTo(maybeProcessed);
            })
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  void aRequesterThatGoesAwayCancelsItsHandlers(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).concurrency(2).bind(anyEndpoint(transport)));
    ReqSocket<String, String> gone = open(REQ.linger(Duration.ZERO).connect(endpointOf(rep)));
    gone.request("a").subscribe(r -> {}, e -> {});
    gone.request("b").subscribe(r -> {}, e -> {});
    held.awaitRequests(2);
    gone.disposeLater().block(SOON);
    await().until(() -> held.cancelled.size() == 2);
    awaitPeers(rep, 0);
    assertThat(rep.metrics().cancelled()).isEqualTo(2);
    // and their handlers' places are free
    ReqSocket<String, String> next = reqTo(rep);
    StepVerifier.create(next.request("c"))
        .then(() -> held.awaitRequests(3))
        .then(() -> held.answer("c"))
        .expectNext("re:c")
        .expectComplete()
        .verify(SOON);
  }

  @Test
  @Tag("inproc")
  void aRequestIsColdAndEachSubscriptionIsOneOfItsOwn() {
    AtomicInteger asked = new AtomicInteger();
    RepSocket rep =
        open(REP.handle(q -> Mono.just(q + asked.incrementAndGet())).bind(anyEndpoint("inproc")));
    ReqSocket<String, String> req = reqTo(rep);
    Mono<String> request = req.request("n");
    assertThat(asked).hasValue(0);
    assertThat(request.block(SOON)).isEqualTo("n1");
    assertThat(request.repeat(1).collectList().block(SOON)).containsExactly("n2", "n3");
    StepVerifier.create(request, 0).thenAwait(Duration.ofMillis(50)).thenCancel().verify(SOON);
    assertThat(asked).as("without demand nothing is sent").hasValue(3);
  }

  @Test
  @Tag("inproc")
  void aReferenceCountedRequestIsSingleUseAndAlwaysReleased() {
    RepSocket rep = open(Zmq.rep().handle(Mono::just).bind(anyEndpoint("inproc")));
    ReqSocket<Message, Message> req = open(Zmq.req().connect(endpointOf(rep)));
    Message message = Message.of("once");
    Mono<Message> request = req.request(message);
    assertThat(request.block(SOON).text(0)).isEqualTo("once");
    await().until(() -> message.refCnt() == 0);
    StepVerifier.create(request)
        .expectErrorMatches(
            e ->
                e instanceof IllegalStateException
                    && e.getMessage().contains("socket.request(message.retain())"))
        .verify(SOON);

    Message never = Message.of("cancelled before it was asked for");
    StepVerifier.create(req.request(never), 0).thenCancel().verify(SOON);
    assertThat(never.refCnt()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void callbacksRunWhereTheyAreTold(String transport) {
    var scheduler = Schedulers.newBoundedElastic(10, 1000, "callbacks");
    resources =
        io.reactorzmq.options.ZmqResources.builder()
            .eventLoops(2)
            .allocator(allocator)
            .callbacks(scheduler)
            .build();
    try {
      RepSocket rep =
          open(
              REP.handle(q -> Mono.just(q + " " + Thread.currentThread().getName()))
                  .bind(anyEndpoint(transport)));
      ReqSocket<String, String> req = reqTo(rep);
      String reply =
          Flux.range(0, 1000)
              .flatMap(
                  i -> req.request("" + i).map(r -> r + " " + Thread.currentThread().getName()),
                  100)
              .last()
              .block(SOON);
      assertThat(reply).matches("\\d+ callbacks-\\d+ callbacks-\\d+");
      // handlers that block run side by side
      AtomicInteger inside = new AtomicInteger();
      RepSocket blocking =
          open(
              REP.handle(
                      q ->
                          Mono.fromCallable(
                              () -> {
                                inside.incrementAndGet();
                                await().until(() -> inside.get() == 3);
                                return q;
                              }))
                  .bind(anyEndpoint(transport)));
      ReqSocket<String, String> asking = reqTo(blocking);
      StepVerifier.create(Flux.range(0, 3).flatMap(i -> asking.request("" + i)))
          .expectNextCount(3)
          .expectComplete()
          .verify(SOON);
      closeClean(req);
      closeClean(rep);
      closeClean(asking);
      closeClean(blocking);
    } finally {
      resources.disposeLater().block(SOON);
      scheduler.dispose();
    }
  }

  @Test
  @Tag("inproc")
  void specsRefuseWhatMakesNoSense() {
    StepVerifier.create(REP.bind("inproc://no-handler").open())
        .expectErrorMessage("a REP needs handle(..), which answers")
        .verify(SOON);
    assertThatThrownBy(() -> REP.handle(Mono::just).codec(Codec.bytes()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("codec(..) comes before handle(..)");
    assertThatThrownBy(() -> REP.concurrency(0)).hasMessageContaining("concurrency is 0");
    assertThatThrownBy(() -> REP.bulkThreshold(-1)).hasMessageContaining("bulkThreshold is -1");
    assertThatThrownBy(() -> REQ.bulkThreshold(-1)).hasMessageContaining("bulkThreshold is -1");
  }

  @ParameterizedTest
  @EachTransport
  void eitherSideBindsAndOneSocketDoesBoth(String transport) {
    ReqSocket<String, String> req = open(REQ.bind(anyEndpoint(transport)));
    RepSocket dialling = open(REP.handle(q -> Mono.just("d:" + q)).connect(endpointOf(req)));
    awaitPeers(req, 1);
    RepSocket bound = named("b:", transport);
    req.connect(endpointOf(bound));
    awaitPeers(req, 2);
    awaitAnswersOf(req, 2);
    List<String> answers =
        Flux.range(0, 4).concatMap(i -> req.request("x")).sort().collectList().block(SOON);
    assertThat(answers).containsExactly("b:x", "b:x", "d:x", "d:x");
    closeClean(req);
    closeClean(dialling);
    closeClean(bound);
  }

  @ParameterizedTest
  @EachTransport
  void aDisconnectedPeerAnswersWhatItHasAndIsAskedNoMore(String transport) {
    Held held = new Held();
    RepSocket a = open(REP.handle(held).bind(anyEndpoint(transport)));
    RepSocket b = named("b:", transport);
    ReqSocket<String, String> req = open(REQ.linger(SOON).connect(endpointOf(a)));
    awaitPeers(req, 1);
    Mono<String> open = req.request("open").cache();
    open.subscribe();
    held.awaitRequests(1);
    Mono<Void> gone = req.disconnect(endpointOf(a)).cache();
    gone.subscribe();
    await().until(() -> req.endpoints().isEmpty());
    req.connect(endpointOf(b));
    assertThat(req.request("x").block(SOON)).isEqualTo("b:x");
    held.answer("open");
    assertThat(open.block(SOON)).isEqualTo("re:open");
    gone.block(SOON);
    assertThat(req.peers()).hasSize(1);
    assertThat(held.order).containsExactly("open");
  }
}
