package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.internal.flow.RequestRig.Asker;
import io.reactorzmq.internal.flow.RequestRig.Handler;
import io.reactorzmq.internal.flow.RequestRig.Host;
import io.reactorzmq.internal.flow.RequestRig.Line;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

// Past 300 lines because each test is one sentence of a contract with many.

/** Requests and replies between the two flows, turn by turn. */
class RequestReplyTest {

  private final RequestRig rig = new RequestRig();
  private final Host asking = rig.host();
  private final Host answering = rig.host();
  private final Handler handler = new Handler();
  private final RequestFlow<Message, Message> req = rig.requester(asking);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  private ReplyFlow<Message, Message> replier(int concurrency) {
    return rig.replier(answering, handler, concurrency, concurrency, false);
  }

  private Line line(int concurrency) {
    return rig.connect(req, replier(concurrency), concurrency);
  }

  private static Message large(char content, int size) {
    return Message.of(String.valueOf(content).repeat(size));
  }

  private static void assertRemote(Asker asker, RemoteException.Code code, String text) {
    assertThat(asker.failure).isInstanceOf(RemoteException.class).hasMessage(text);
    assertThat(((RemoteException) asker.failure).code()).isEqualTo(code);
    assertThat(asker.heard).isEmpty();
  }

  @Test
  void aRequestIsAnsweredOnce() {
    ReplyFlow<Message, Message> rep = replier(4);
    Line line = rig.connect(req, rep, 4);
    Asker asker = rig.ask(req, "a");
    rig.loop.run();
    assertThat(handler.asked).containsExactly("a");
    assertThat(line.req.peer.inFlight()).isEqualTo(1);
    assertThat(asker.heard).isEmpty();
    assertThat(line.req.peer.isSent()).isFalse();
    assertThat(line.req.peer.mayStopReceiving()).isFalse();
    assertThat(line.rep.peer.isSent()).isFalse();
    assertThat(line.rep.peer.isTaken()).isFalse();

    handler.answer("a");
    rig.loop.run();
    assertThat(asker.heard).containsExactly("re:a", "|");
    assertThat(line.req.peer.inFlight()).isZero();
    assertThat(line.req.peer.isSent()).isTrue();
    assertThat(line.req.peer.mayStopReceiving()).isTrue();
    assertThat(line.req.peer.isTaken()).isTrue();
    assertThat(line.rep.peer.isSent()).as("more may come").isFalse();
    assertThat(line.rep.peer.isTaken()).isTrue();
    assertThat(line.rep.peer.mayStopReceiving()).isTrue();
    line.rep.peer.endOfData();
    assertThat(line.rep.peer.isSent()).isTrue();
    assertThat(req.counters())
        .isEqualTo(new SocketFlow.Counters(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assertThat(rep.counters())
        .isEqualTo(new SocketFlow.Counters(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assertThat(line.req.peer.sent()).isEqualTo(1);
    assertThat(line.req.peer.received()).isEqualTo(1);
    assertThat(line.rep.peer.sent()).isEqualTo(1);
    assertThat(line.rep.peer.received()).isEqualTo(1);
    assertThat(line.req.peer.sends() && line.req.peer.receives()).isTrue();
    assertThat(line.rep.peer.sends() && line.rep.peer.receives()).isTrue();
  }

  @Test
  void manyRequestsShareAFrameAndSoDoTheirAnswers() {
    handler.echo = true;
    Line line = line(50);
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      askers.add(rig.ask(req, "q" + i));
    }
    rig.loop.run();
    for (int i = 0; i < 50; i++) {
      assertThat(askers.get(i).heard).containsExactly("q" + i, "|");
    }
    assertThat(line.req.sent).hasSize(1);
    assertThat(line.rep.sent).hasSize(1);
  }

  @Test
  void answersInAnyOrderFindTheirRequests() {
    line(3);
    Asker a = rig.ask(req, "a");
    Asker b = rig.ask(req, "b");
    Asker c = rig.ask(req, "c");
    rig.loop.run();
    handler.answer("c");
    rig.loop.run();
    handler.fail("b", new IllegalStateException("secret"));
    handler.end("a");
    rig.loop.run();
    assertThat(c.heard).containsExactly("re:c", "|");
    assertRemote(b, RemoteException.Code.HANDLER, "handler failed");
    assertRemote(a, RemoteException.Code.HANDLER, "the handler ended without a reply");
  }

  @Test
  void aPeerHasNoMoreThanItsSlots() {
    Line line = line(2);
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      askers.add(rig.ask(req, "" + i));
    }
    rig.loop.run();
    assertThat(handler.asked).containsExactly("0", "1");
    assertThat(line.req.peer.inFlight()).isEqualTo(2);
    assertThat(req.isDrained()).isFalse();
    handler.answer("1");
    rig.loop.run();
    assertThat(handler.asked).containsExactly("0", "1", "2");
    handler.answer("0");
    handler.answer("2");
    rig.loop.run();
    handler.answer("3");
    handler.answer("4");
    rig.loop.run();
    assertThat(askers).allSatisfy(a -> assertThat(a.heard).hasSize(2));
    assertThat(req.isDrained()).isTrue();
  }

  @Test
  void handlersRunAtMostSoManyAtATimeAndPeersTakeTurns() {
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 2, 10, false);
    RequestFlow<Message, Message> other = rig.requester(rig.host());
    rig.connect(req, rep, 10);
    rig.connect(other, rep, 10);
    for (int i = 0; i < 4; i++) {
      rig.ask(req, "a" + i);
    }
    rig.loop.run();
    for (int i = 0; i < 4; i++) {
      rig.ask(other, "b" + i);
    }
    rig.loop.run();
    assertThat(handler.asked).containsExactly("a0", "a1");
    assertThat(rep.counters().undelivered()).isEqualTo(6);
    for (int i = 0; i < 8; i++) {
      handler.answer(handler.asked.get(i));
      rig.loop.run();
    }
    assertThat(handler.asked).containsExactly("a0", "a1", "a2", "b0", "a3", "b1", "b2", "b3");
    assertThat(rep.counters().undelivered()).isZero();
    assertThat(rep.counters().received()).isEqualTo(8);
  }

  @Test
  void aLongLineOfRequestsIsWorkedOffInTurnsOfTheLoop() {
    int most = 300;
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, most, 2 * most, false);
    Line line = rig.connect(req, rep, 2 * most);
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < 2 * most; i++) {
      askers.add(rig.ask(req, "" + i));
    }
    rig.loop.run();
    assertThat(handler.asked).hasSize(most);
    for (int i = 0; i < most; i++) {
      handler.answer("" + i);
    }
    rig.loop.runOne();
    assertThat(handler.asked).as("one turn").hasSize(most + 256);
    rig.loop.run();
    assertThat(handler.asked).hasSize(2 * most);
    for (int i = most; i < 2 * most; i++) {
      handler.answer("" + i);
    }
    rig.loop.run();
    assertThat(askers).allSatisfy(a -> assertThat(a.heard).hasSize(2));
    assertThat(line.rep.peer.received()).isEqualTo(2 * most);
  }

  @Test
  void aCancelBeforeItIsSentTakesTheRequestBack() {
    Asker asker = rig.ask(req, "a");
    Message value = Message.of("b");
    Asker second = rig.ask(req, value);
    rig.loop.run();
    assertThat(req.counters().pendingSends()).isEqualTo(2);
    second.cancel();
    assertThat(value.refCnt()).isZero();
    assertThat(req.counters().pendingSends()).isEqualTo(1);
    line(2);
    rig.loop.run();
    assertThat(handler.asked).containsExactly("a");
    handler.answer("a");
    rig.loop.run();
    assertThat(asker.heard).hasSize(2);
  }

  @Test
  void aCancelThatCrossesTheFramingIsSentOnce() {
    List<Asker> second = new ArrayList<>();
    Codec<Message> cancelling =
        new Codec<>() {
          @Override
          public Message encode(Message value, ByteBufAllocator alloc) {
            second.forEach(Asker::cancel); // as another thread may at any moment
            return value;
          }

          @Override
          public Message decode(Message message) {
            return message;
          }
        };
    RequestFlow<Message, Message> busy = rig.requester(rig.host(), cancelling, 1);
    Line line = rig.connect(busy, replier(2), 2);
    rig.ask(busy, "a");
    second.add(rig.ask(busy, "b")); // waits un-encoded until the first one is framed
    rig.loop.run();
    assertThat(line.req.cancels).containsExactly(2L);
    assertThat(handler.asked).containsExactly("a", "b");
    assertThat(handler.cancelled).containsExactly("b");
    assertThat(line.req.peer.inFlight()).isEqualTo(1);
  }

  @Test
  void aCancelCancelsTheHandlerAndFreesBothSlots() {
    ReplyFlow<Message, Message> rep = replier(1);
    Line line = rig.connect(req, rep, 1);
    Asker a = rig.ask(req, "a");
    rig.loop.run();
    Asker b = rig.ask(req, "b");
    a.cancel();
    assertThat(line.req.cancels).as("not within the caller's turn").isEmpty();
    rig.loop.run();
    assertThat(line.req.cancels).containsExactly(1L);
    assertThat(handler.cancelled).containsExactly("a");
    assertThat(handler.asked).containsExactly("a", "b");
    assertThat(rep.counters().cancelled()).isEqualTo(1);
    handler.answer("b");
    rig.loop.run();
    assertThat(b.heard).containsExactly("re:b", "|");
    assertThat(a.heard).isEmpty();
    assertThat(req.counters().lateReplies()).isZero();
  }

  @Test
  void aReplyThatCrossesTheCancelIsReleasedAndCounted() {
    Line line = line(1);
    Asker a = rig.ask(req, "a");
    rig.loop.run();
    Message reply = Message.of(Unpooled.buffer().writeByte('x'));
    handler.answer("a", reply);
    a.cancel();
    rig.loop.run();
    assertThat(a.heard).isEmpty();
    assertThat(reply.refCnt()).isZero();
    assertThat(req.counters().lateReplies()).isEqualTo(1);
    assertThat(line.req.peer.inFlight()).isZero();
    assertThat(handler.cancelled).isEmpty();
  }

  @Test
  void aCancelOfARequestInLineTakesItOutOfLine() {
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    rig.loop.run();
    // four frames of credit: all of them are held by requests that wait
    List<Asker> waiting = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      waiting.add(rig.ask(req, "waits" + i));
      rig.loop.run();
    }
    Asker fifth = rig.ask(req, "no credit");
    rig.loop.run();
    assertThat(rep.counters().undelivered()).isEqualTo(4);
    assertThat(line.req.sent).hasSize(5);
    waiting.get(2).cancel();
    rig.loop.run();
    assertThat(rep.counters().cancelled()).isEqualTo(1);
    assertThat(line.req.sent).as("its credit is back").hasSize(6);
    assertThat(rep.counters().undelivered()).isEqualTo(4);
    handler.answer("runs");
    rig.loop.run();
    handler.answer("waits0");
    rig.loop.run();
    handler.answer("waits1");
    rig.loop.run();
    assertThat(handler.asked).containsExactly("runs", "waits0", "waits1", "waits3");
    assertThat(fifth.heard).isEmpty();
  }

  @Test
  void aRequestThatIsGivenUpWhileItIsBeingFramedIsGivenUpWhenItIsWhole() {
    // three frames of a message, and credit for one at a time
    Line line = line(2);
    line.req.holding = true;
    line.req.mute = true;
    Asker asker = rig.ask(req, large('x', 3 * RequestRig.FRAME + RequestRig.FRAME / 2));
    for (int i = 0; i < 4; i++) {
      rig.ask(req, "fill" + i);
    }
    rig.loop.run();
    asker.cancel();
    rig.loop.run();
    line.req.release();
    rig.loop.run();
    assertThat(line.req.cancels).containsExactly(1L);
    assertThat(asker.heard).isEmpty();
    assertThat(asker.failure).isNull();
    assertThat(handler.cancelled).hasSize(1);
  }

  @Test
  void aPeerThatDiesFailsWhatItHadAndTheRestGoesToAnother() {
    Line dying = line(2);
    List<Asker> had = List.of(rig.ask(req, "0"), rig.ask(req, "1"));
    rig.loop.run();
    Asker unsent = rig.ask(req, "2");
    Line other = line(2);
    rig.loop.run();
    assertThat(handler.asked).containsExactly("0", "1", "2");
    dying.die();
    assertThat(dying.lostByReq).isEqualTo(2);
    for (Asker asker : had) {
      assertThat(asker.failure)
          .isInstanceOf(PeerUnavailableException.class)
          .hasMessage("the REP at rig is gone (killed) and may have processed the request");
      assertThat(((PeerUnavailableException) asker.failure).maybeProcessed()).isTrue();
    }
    assertThat(handler.cancelled).containsExactlyInAnyOrder("0", "1");
    handler.answer("2");
    rig.loop.run();
    assertThat(unsent.heard).containsExactly("re:2", "|");
    assertThat(other.req.peer.inFlight()).isZero();
  }

  @Test
  void whatADeadPeerHadFailsInTheOrderOfAsking() {
    Line dying = line(100);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      req.request(Message.of("" + i)).subscribe(r -> {}, e -> order.add(number));
    }
    rig.loop.run();
    dying.die();
    assertThat(order).hasSize(100).isSorted();
  }

  @Test
  void aRequestOfWhichAPeerHasOnlyAPartGoesToAnother() {
    Line dying = line(2);
    // no more credit: what has begun does not end
    dying.req.holding = true;
    Asker asker = rig.ask(req, large('x', 3 * RequestRig.FRAME + RequestRig.FRAME / 2));
    Asker second = rig.ask(req, large('y', 3 * RequestRig.FRAME));
    rig.loop.run();
    dying.die();
    assertThat(second.failure).as("never whole at the peer").isNull();
    line(2);
    rig.loop.run();
    if (asker.failure == null) {
      assertThat(handler.asked).hasSize(2);
    } else {
      assertThat(handler.asked).hasSize(1);
    }
  }

  @Test
  void closingFailsWhatWaitsAndLetsTheRestBeAnswered() {
    line(1);
    Asker sent = rig.ask(req, "sent");
    rig.loop.run();
    Asker queued = rig.ask(req, "queued");
    rig.loop.run();
    req.close();
    Asker late = rig.ask(req, "late");
    rig.loop.run();
    assertThat(late.failure).isInstanceOf(ClosedException.class);
    assertThat(queued.failure).isNull();
    handler.answer("sent");
    rig.loop.run();
    assertThat(sent.heard).hasSize(2);
    handler.answer("queued");
    rig.loop.run();
    assertThat(queued.heard).hasSize(2);
    assertThat(req.isDrained()).isTrue();
    assertThat(req.isTaken()).isTrue();
  }

  @Test
  void whatHasNoAnswerAtTheEndFailsWithClosed() {
    Line line = line(1);
    Asker sent = rig.ask(req, "sent");
    rig.loop.run();
    Asker queued = rig.ask(req, "queued");
    rig.loop.run();
    assertThat(req.terminate()).isEqualTo(1);
    line.die();
    assertThat(sent.failure)
        .isInstanceOf(ClosedException.class)
        .hasMessage("the socket closed before the reply came (linger)");
    assertThat(queued.failure).isInstanceOf(ClosedException.class);
  }

  @Test
  void aReplierThatIsClosedByForceCountsWhatNobodyTook() {
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    rig.ask(req, "waits");
    rig.ask(req, "waits too");
    rig.loop.run();
    rep.close();
    assertThat(rep.isDrained()).isTrue();
    assertThat(rep.isTaken()).isTrue();
    assertThat(rep.terminate()).isZero();
    line.die();
    assertThat(rep.counters().discarded()).isEqualTo(3);
    assertThat(rep.counters().undelivered()).isZero();
    assertThat(rep.counters().cancelled()).isEqualTo(3);
    boolean[] done = new boolean[1];
    rep.finish(() -> done[0] = true);
    assertThat(done[0]).isTrue();
  }

  @Test
  void aRequesterThatDiesDiscardsNothing() {
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    rig.ask(req, "waits");
    rig.loop.run();
    line.die();
    assertThat(rep.counters().discarded()).isZero();
    assertThat(rep.counters().cancelled()).isEqualTo(2);
    // the handler's place is free
    RequestFlow<Message, Message> next = rig.requester(rig.host());
    rig.connect(next, rep, 10);
    rig.ask(next, "next");
    rig.loop.run();
    assertThat(handler.asked).containsExactly("runs", "next");
  }

  @Test
  void anAnswerForARequesterThatDiedIsReleased() {
    Line line = line(1);
    rig.ask(req, "a");
    rig.loop.run();
    Message reply = Message.of(Unpooled.buffer().writeByte('x'));
    handler.answer("a", reply);
    line.die();
    rig.loop.run();
    assertThat(reply.refCnt()).isZero();
  }

  @Test
  void answersWaitForCreditAndAPeerThatTakesNoneGetsNoTurns() {
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 10, 100, false);
    Line slow = rig.connect(req, rep, 100);
    slow.rep.holding = true; // its credit does not come back
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      askers.add(rig.ask(req, "" + i));
      rig.loop.run();
      if (handler.asked.contains("" + i)) {
        handler.answer("" + i, large('r', RequestRig.FRAME - 100));
        rig.loop.run();
      }
    }
    // four frames of credit, and ten frames of bytes that may wait
    assertThat(handler.asked).hasSizeBetween(14, 16);
    assertThat(slow.rep.sent).hasSize(4);
    int before = handler.asked.size();
    // others are served meanwhile
    RequestFlow<Message, Message> other = rig.requester(rig.host());
    rig.connect(other, rep, 100);
    Asker asker = rig.ask(other, "other");
    rig.loop.run();
    handler.answer("other");
    rig.loop.run();
    assertThat(asker.heard).hasSize(2);
    assertThat(rep.counters().undelivered()).isPositive();
    slow.rep.release();
    rig.loop.run();
    for (int i = before; i < 30; i++) {
      String next = handler.asked.get(i + 1); // after "other"
      handler.answer(next);
      rig.loop.run();
    }
    assertThat(askers).allSatisfy(a -> assertThat(a.heard).hasSize(2));
  }

  @Test
  void whatCannotBeDecodedIsAFailureOfThatRequest() {
    ReplyFlow<String, Message> rep =
        new ReplyFlow<>(
            answering,
            new ReplyFlow.Service<>(
                io.reactorzmq.message.Codec.utf8(),
                io.reactorzmq.message.Codec.zeroCopy(),
                q -> handler.apply(Message.of(q)),
                4,
                true),
            RequestRig.BULK,
            1L << 20,
            RequestRig.limits(4),
            4);
    rig.connect(req, rep, 4);
    Asker asker = rig.ask(req, Message.of("two", "parts"));
    rig.loop.run();
    assertThat(asker.failure)
        .isInstanceOf(RemoteException.class)
        .hasMessageStartingWith("the codec refused the request: ");
    assertThat(answering.undecodable).hasSize(1).first().asString().startsWith("REQ: ");
    assertThat(rep.counters().undecodable()).isEqualTo(1);
    assertThat(handler.asked).isEmpty();
  }

  @Test
  void aReplyThatWasReleasedIsAFailure() {
    line(1);
    Asker asker = rig.ask(req, "a");
    rig.loop.run();
    Message released = Message.of("x");
    released.release();
    handler.answer("a", released);
    rig.loop.run();
    assertThat(((RemoteException) asker.failure).code()).isEqualTo(RemoteException.Code.CODEC);
  }

  @Test
  void aReplyAboveTheLimitIsAFailure() {
    ReplyFlow<Message, Message> rep = replier(1);
    Line line = new RequestRigLines(rig).withMaxMessageSize(req, rep, 10);
    Asker asker = rig.ask(req, "a");
    rig.loop.run();
    Message reply = Message.of("x".repeat(11));
    handler.answer("a", reply);
    rig.loop.run();
    assertRemote(
        asker,
        RemoteException.Code.TOO_LARGE,
        "the message has 11 bytes, the receiver's maxMessageSize is 10");
    assertThat(answering.dropped).hasSize(1).first().isInstanceOf(MessageTooLargeException.class);
    assertThat(reply.refCnt()).isZero();
    assertThat(line.rep.peer.isTaken()).isTrue();
  }

  @Test
  void aHandlerThatThrowsOrReturnsNullHasFailed() {
    ReplyFlow<Message, Message> rep =
        new ReplyFlow<>(
            answering,
            new ReplyFlow.Service<>(
                io.reactorzmq.message.Codec.message(),
                io.reactorzmq.message.Codec.zeroCopy(),
                q -> {
                  if (q.text(0).equals("throw")) {
                    throw new IllegalArgumentException("no");
                  }
                  return null;
                },
                4,
                true),
            RequestRig.BULK,
            1L << 20,
            RequestRig.limits(4),
            4);
    rig.connect(req, rep, 4);
    Asker thrown = rig.ask(req, "throw");
    Asker nothing = rig.ask(req, "null");
    rig.loop.run();
    assertRemote(
        thrown,
        RemoteException.Code.HANDLER,
        "handler failed: java.lang.IllegalArgumentException: no");
    assertThat(nothing.failure).hasMessageContaining("the handler returned null");
  }

  @Test
  void aSubscriberThatThrowsHurtsNobodyElse() {
    List<Throwable> dropped = new ArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    try {
      Line line = line(2);
      req.request(Message.of("a"))
          .subscribe(
              new BaseSubscriber<>() {
                @Override
                public void hookOnNext(Message value) {
                  value.release();
                  throw new IllegalStateException("bad subscriber");
                }
              });
      Asker b = rig.ask(req, "b");
      rig.loop.run();
      handler.answer("a");
      handler.answer("b");
      rig.loop.run();
      assertThat(b.heard).containsExactly("re:b", "|");
      assertThat(line.req.failures).isEmpty();
      assertThat(dropped).isNotEmpty();
    } finally {
      Hooks.resetOnErrorDropped();
    }
  }

  @Test
  void callbacksRunElsewhereAndCreditWaitsForThem() {
    ManualLoop elsewhere = new ManualLoop();
    asking.callbacks = Schedulers.fromExecutor(elsewhere);
    RequestFlow<Message, Message> slow = rig.requester(asking);
    ReplyFlow<Message, Message> rep = replier(100);
    Line line = rig.connect(slow, rep, 100);
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      askers.add(rig.ask(slow, "" + i));
      rig.loop.run();
      handler.answer("" + i);
      rig.loop.run();
    }
    assertThat(line.rep.sent).as("four frames of credit").hasSize(4);
    assertThat(askers).allSatisfy(a -> assertThat(a.heard).isEmpty());
    for (int i = 0; i < 20; i++) {
      elsewhere.run();
      rig.loop.run();
    }
    assertThat(askers).allSatisfy(a -> assertThat(a.heard).hasSize(2));
    assertThat(line.rep.sent).as("the last two share one").hasSize(5);
  }

  @Test
  void handlersRunWhereCallbacksDo() {
    ManualLoop elsewhere = new ManualLoop();
    answering.callbacks = Schedulers.fromExecutor(elsewhere);
    line(2);
    Asker a = rig.ask(req, "a");
    Asker b = rig.ask(req, "b");
    rig.loop.run();
    assertThat(handler.asked).isEmpty();
    a.cancel();
    rig.loop.run();
    elsewhere.run();
    assertThat(handler.asked).as("cancelled before its handler began").containsExactly("b");
    handler.answer("b");
    rig.loop.run();
    assertThat(b.heard).hasSize(2);
    b.cancel();
  }

  // ---- what peers must not do

  @Test
  void dataBeforeOpenIsRefused() {
    PeerFlow requesterSide = req.join(rig.new End("REP"));
    assertThatThrownBy(() -> requesterSide.read(Unpooled.buffer().writeByte(2).writeByte(0)))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("data came before OPEN");
    PeerFlow replierSide = replier(1).join(rig.new End("REQ"));
    assertThatThrownBy(() -> replierSide.read(Unpooled.buffer().writeByte(2).writeByte(0)))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("data came before OPEN");
    assertThatThrownBy(() -> requesterSide.opened(new Limits(1, RequestRig.FRAME, 0, 0)))
        .hasMessage("maxInFlight of a REP is 1 or more, not 0");
    assertThatThrownBy(() -> requesterSide.control(Kind.CANCEL, Unpooled.EMPTY_BUFFER))
        .isInstanceOf(ProtocolException.class);
    assertThat(requesterSide.isSent()).isTrue();
    assertThat(replierSide.sent() + requesterSide.sent() + replierSide.inFlight()).isZero();
    requesterSide.demanded();
    replierSide.demanded();
    requesterSide.leave();
    replierSide.leave();
    assertThat(requesterSide.gone("x") + replierSide.gone("x")).isZero();
  }

  @Test
  void dataAfterEndIsRefused() {
    Line line = line(1);
    line.req.peer.endOfData();
    line.rep.peer.endOfData();
    assertThatThrownBy(() -> line.req.peer.read(Unpooled.buffer().writeByte(2).writeByte(0)))
        .hasMessage("data came after END");
    assertThatThrownBy(() -> line.rep.peer.read(Unpooled.buffer().writeByte(2).writeByte(0)))
        .hasMessage("data came after END");
  }

  // ---- large ones

  @Test
  void aLargeRequestIsAnnouncedFetchedAndAnswered() {
    handler.echo = true;
    ReplyFlow<Message, Message> rep = replier(2);
    Line line = rig.connect(req, rep, 2);
    AtomicInteger released = new AtomicInteger();
    int size = 20 * RequestRig.FRAME;
    byte[] content = "x".repeat(size).getBytes();
    Message message =
        Message.wrap(List.of(Unpooled.wrappedBuffer(content)), released::incrementAndGet);
    Asker asker = rig.ask(req, message);
    rig.loop.run();
    assertThat(asker.heard).containsExactly("x*" + size, "|");
    assertThat(line.rep.fetches).containsExactly(1L);
    assertThat(line.req.fetches).containsExactly(1L);
    assertThat(line.req.sent).as("only the announcement").hasSize(1);
    assertThat(line.req.sent.get(0)).isLessThan(10);
    assertThat(line.rep.sent.get(0)).isLessThan(10);
    assertThat(released).hasValue(1);
    assertThat(answering.budget.assembliesUsed()).isZero();
    assertThat(asking.budget.assembliesUsed()).isZero();
    line.rep.peer.endOfData();
    assertThat(line.req.peer.isSent() && line.rep.peer.isSent()).isTrue();
    assertThat(req.counters().queuedBytes()).isZero();
    assertThat(rep.counters().queuedBytes() + rep.counters().queuedMessages()).isZero();
    assertThat(rep.counters().sent()).isEqualTo(1);
  }

  @Test
  void theThresholdItselfIsNotLarge() {
    handler.echo = true;
    Line line = line(2);
    Asker at = rig.ask(req, large('a', RequestRig.BULK));
    Asker above = rig.ask(req, large('b', RequestRig.BULK + 1));
    rig.loop.run();
    assertThat(at.heard).containsExactly("a*" + RequestRig.BULK, "|");
    assertThat(above.heard).containsExactly("b*" + (RequestRig.BULK + 1), "|");
    assertThat(line.rep.fetches).hasSize(1);
    assertThat(line.req.fetches).hasSize(1);
  }

  @Test
  void aLargeRequestWaitsForItsShareOfTheBudget() {
    Host small = rig.new Host(4L << 20);
    ReplyFlow<Message, Message> rep = rig.replier(small, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    rig.loop.run();
    // three quarters of 4 MiB are for large ones
    Asker a = rig.ask(req, large('a', 2 << 20));
    Asker b = rig.ask(req, large('b', 2 << 20));
    Asker c = rig.ask(req, "small");
    rig.loop.run();
    assertThat(line.rep.fetches).containsExactly(2L);
    assertThat(rep.counters().undelivered()).as("a and the small one wait").isEqualTo(2);
    assertThat(line.rep.peer.isTaken()).isFalse();
    handler.answer("runs");
    rig.loop.run();
    assertThat(handler.asked).hasSize(2);
    handler.answer(handler.asked.get(1));
    rig.loop.run();
    assertThat(line.rep.fetches).containsExactly(2L, 3L);
    handler.answer(handler.asked.get(2));
    rig.loop.run();
    handler.answer(handler.asked.get(3));
    rig.loop.run();
    assertThat(List.of(a, b, c)).allSatisfy(asker -> assertThat(asker.heard).hasSize(2));
    assertThat(small.budget.assembliesUsed()).isZero();
  }

  @Test
  void atMostFourAreFetchedAtATime() {
    // nothing ever comes, so nothing ends
    List<Asker> askers = new ArrayList<>();
    Line line = new RequestRigLines(rig).withStuckFetches(req, replier(10));
    for (int i = 0; i < 12; i++) {
      askers.add(rig.ask(req, large('x', 100 * RequestRig.FRAME)));
    }
    rig.loop.run();
    assertThat(line.rep.fetches).hasSize(PeerLink.MAX_FETCHES);
  }

  @Test
  void aLargeRequestThatIsGivenUpBeforeItIsFetchedLeavesNothing() {
    Host small = rig.new Host(4L << 20);
    ReplyFlow<Message, Message> rep = rig.replier(small, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    rig.ask(req, large('a', 2 << 20));
    rig.loop.run();
    Message message = large('b', 2 << 20);
    Asker b = rig.ask(req, message);
    rig.loop.run();
    assertThat(line.rep.fetches).hasSize(1);
    b.cancel();
    rig.loop.run();
    assertThat(message.refCnt()).isZero();
    assertThat(line.req.peer.inFlight()).isEqualTo(2);
    assertThat(rep.counters().cancelled()).isEqualTo(1);
    assertThat(b.failure).isNull();
  }

  @Test
  void aLargeReplyThatIsGivenUpLeavesNothing() {
    Host small = rig.new Host(4L << 20);
    RequestFlow<Message, Message> poor = rig.requester(small);
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 10, 10, false);
    ManualLoop elsewhere = new ManualLoop();
    small.callbacks = Schedulers.fromExecutor(elsewhere);
    RequestFlow<Message, Message> late = rig.requester(small);
    Line line = rig.connect(late, rep, 10);
    Asker a = rig.ask(late, "a");
    Asker b = rig.ask(late, "b");
    rig.loop.run();
    handler.answer("a", large('x', 2 << 20));
    Message second = large('y', 2 << 20);
    handler.answer("b", second);
    rig.loop.run();
    // the first one is here and not taken yet; the second one has no room
    assertThat(line.req.fetches).containsExactly(1L);
    b.cancel();
    rig.loop.run();
    assertThat(second.refCnt()).isZero();
    assertThat(rep.counters().cancelled()).isEqualTo(1);
    assertThat(line.req.peer.inFlight()).isZero();
    elsewhere.run();
    rig.loop.run();
    assertThat(a.heard).containsExactly("x*" + (2 << 20), "|");
    assertThat(small.budget.assembliesUsed()).isZero();
    assertThat(poor.isDrained()).isTrue();
  }

  @Test
  void aLargeReplyThatIsGivenUpBeforeItIsAnnouncedLeavesNothing() {
    ReplyFlow<Message, Message> rep = replier(10);
    Line line = rig.connect(req, rep, 10);
    line.rep.holding = true; // its credit does not come back
    for (int i = 0; i < 4; i++) {
      rig.ask(req, "" + i);
      rig.loop.run();
      handler.answer("" + i);
      rig.loop.run();
    }
    assertThat(line.rep.sent).as("all there is credit for").hasSize(4);
    Asker asker = rig.ask(req, "large");
    rig.loop.run();
    Message reply = large('x', RequestRig.BULK + 1);
    handler.answer("large", reply);
    rig.loop.run();
    asker.cancel();
    rig.loop.run();
    assertThat(reply.refCnt()).isZero();
    assertThat(rep.counters().queuedBytes()).isZero();
    line.rep.release();
    rig.loop.run();
    assertThat(line.req.peer.inFlight()).isZero();
    assertThat(line.req.fetches).isEmpty();
    assertThat(rep.counters().cancelled()).isEqualTo(1);
    assertThat(asker.heard).isEmpty();
  }

  @Test
  void aLargeReplyThatIsGivenUpAsItsHandlerAnswersLeavesNothing() {
    ReplyFlow<Message, Message> rep = replier(10);
    Line line = rig.connect(req, rep, 10);
    Asker asker = rig.ask(req, "large");
    rig.loop.run();
    line.req.mute = true;
    asker.cancel();
    rig.loop.run();
    line.req.release(); // heard before the answer, which the handler has given by then
    Message reply = large('x', RequestRig.BULK + 1);
    handler.answer("large", reply);
    rig.loop.run();
    assertThat(reply.refCnt()).isZero();
    assertThat(line.req.peer.inFlight()).isZero();
    assertThat(line.req.fetches).isEmpty();
    assertThat(rep.counters().cancelled()).isEqualTo(1);
    assertThat(rep.counters().queuedBytes()).isZero();
    assertThat(asker.heard).isEmpty();
  }

  @Test
  void smallRequestsPassAFewAnnouncedRepliesByButNotMany() {
    Host small = rig.new Host(4L << 20);
    ManualLoop elsewhere = new ManualLoop();
    small.callbacks = Schedulers.fromExecutor(elsewhere);
    RequestFlow<Message, Message> late = rig.requester(small);
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 20, 20, false);
    rig.connect(late, rep, 20);
    // the first one is fetched and not taken; there is no room for the others
    for (int i = 0; i < 9; i++) {
      rig.ask(late, "" + i);
      rig.loop.run();
      assertThat(handler.asked).as("more than ten frames are announced").hasSize(i + 1);
      handler.answer("" + i, large('x', 2 << 20));
      rig.loop.run();
    }
    assertThat(rep.counters().queuedMessages()).isEqualTo(8);
    assertThat(rep.counters().queuedBytes()).isEqualTo(8 * (2 << 20));
    rig.ask(late, "waits");
    rig.loop.run();
    assertThat(handler.asked).hasSize(9);
    elsewhere.run();
    rig.loop.run();
    assertThat(handler.asked).last().isEqualTo("waits");
    while (rep.counters().queuedMessages() > 0) {
      elsewhere.run();
      rig.loop.run();
    }
    elsewhere.run();
  }

  @Test
  void aLargeReplyThatIsReleasedTooEarlyIsAFailure() {
    line(2);
    Asker asker = rig.ask(req, "a");
    rig.loop.run();
    Message reply = large('x', 2 << 20);
    handler.answer("a", reply);
    reply.release(); // as a handler must not
    rig.loop.run();
    assertThat(((RemoteException) asker.failure).code()).isEqualTo(RemoteException.Code.CODEC);
  }

  @Test
  void aLargeRequestThatItsPeerNeverHadWholeMayBeSentAgain() {
    Host small = rig.new Host(4L << 20);
    ReplyFlow<Message, Message> rep = rig.replier(small, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    Asker whole = rig.ask(req, large('a', 2 << 20));
    Asker part = rig.ask(req, large('b', 2 << 20));
    rig.loop.run();
    line.die();
    assertThat(((PeerUnavailableException) whole.failure).maybeProcessed()).isTrue();
    assertThat(((PeerUnavailableException) part.failure).maybeProcessed()).isFalse();
    assertThat(part.failure)
        .hasMessage(
            "the REP at rig is gone (killed) and never had all of the request: it may be sent"
                + " again");
    assertThat(small.budget.assembliesUsed()).isZero();
    assertThat(req.counters().queuedBytes()).isZero();
  }

  @Test
  void aFetchThatStandsStillCostsItsPeerTheConnection() {
    ReplyFlow<Message, Message> rep = replier(10);
    Line line = new RequestRigLines(rig).withStuckFetches(req, rep);
    rig.ask(req, large('x', 100 * RequestRig.FRAME));
    rig.loop.run();
    rig.loop.advance(Duration.ofSeconds(89));
    assertThat(line.rep.failures).isEmpty();
    rig.loop.advance(Duration.ofSeconds(30));
    assertThat(line.rep.failures)
        .first()
        .asString()
        .contains("the REQ at rig stopped in the middle of a message of 1638400 bytes");
  }

  @Test
  void aLargeRequestWithoutMemoryBehindItFails() {
    Host small = rig.new Host(4L << 20);
    ReplyFlow<Message, Message> rep = rig.replier(small, handler, 1, 10, false);
    Line line = rig.connect(req, rep, 10);
    rig.ask(req, "runs");
    rig.ask(req, large('a', 2 << 20));
    rig.loop.run();
    Message message = large('b', 2 << 20);
    Asker asker = rig.ask(req, message);
    rig.loop.run();
    message.release(); // as its owner must not
    handler.answer("runs");
    rig.loop.run();
    handler.answer(handler.asked.get(1));
    rig.loop.run();
    assertThat(asker.failure).isInstanceOf(CodecException.class);
    assertThat(line.req.peer.inFlight()).isZero();
  }

  @Test
  void whatItIsToldItWillNotGetEndsInTheOrderOfLeaving() {
    Line line = line(2);
    Asker open = rig.ask(req, "open");
    rig.loop.run();
    line.req.peer.leave();
    line.rep.peer.leave();
    Asker late = rig.ask(req, "late");
    rig.loop.run();
    assertThat(handler.asked).containsExactly("open");
    int before = asking.moved;
    handler.answer("open");
    rig.loop.run();
    assertThat(open.heard).hasSize(2);
    assertThat(asking.moved).isGreaterThan(before);
    assertThat(answering.moved).isPositive();
    assertThat(line.req.peer.isSent() && line.req.peer.mayStopReceiving()).isTrue();
    line.rep.peer.endOfData();
    assertThat(line.rep.peer.isSent() && line.rep.peer.isTaken()).isTrue();
    assertThat(late.heard).isEmpty();
  }

  @Test
  void whoWantsNoAnswersAnyMoreGetsNone() {
    ReplyFlow<Message, Message> rep = rig.replier(answering, handler, 4, 4, false);
    Line line = rig.connect(req, rep, 4);
    rig.ask(req, "a");
    rig.loop.run();
    line.rep.peer.endSending();
    handler.answer("a");
    rig.loop.run();
    assertThat(line.rep.sent).isEmpty();
    assertThat(line.rep.peer.isTaken()).isTrue();
  }
}
