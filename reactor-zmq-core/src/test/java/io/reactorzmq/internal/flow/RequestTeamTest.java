package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.internal.flow.RequestRig.Asker;
import io.reactorzmq.internal.flow.RequestRig.Handler;
import io.reactorzmq.internal.flow.RequestRig.Host;
import io.reactorzmq.internal.flow.RequestRig.Line;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.CoreSubscriber;

/** The flows of one REQ, turn by turn: what one of them has no room for goes by another. */
class RequestTeamTest {

  private final RequestRig rig = new RequestRig();
  private final Host first = rig.host();
  private final Host second = rig.host();
  private final Host answering = rig.host();
  private final Handler handler = new Handler();
  private final RequestTeam<Message, Message> team = new RequestTeam<>();
  private final SendBounds bounds = new SendBounds(200, 1L << 40, 200);
  private final List<RequestFlow<Message, Message>> flows = rig.team(team, bounds, first, second);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
    assertThat(bounds.messages() + bounds.bytes() + bounds.pending()).isZero();
  }

  private Line line(int flow, int maxInFlight) {
    return rig.connect(
        flows.get(flow), rig.replier(answering, handler, 100, maxInFlight, false), maxInFlight);
  }

  /** To a REP that takes messages up to a size. */
  private Line lineUpTo(int flow, long maxMessageSize) {
    Line line = rig.line(flows.get(flow), rig.replier(answering, handler, 100, 10, false));
    line.open(RequestRig.limits(0), new Limits(100, RequestRig.FRAME, maxMessageSize, 10));
    return line;
  }

  private Asker ask(Message request) {
    Asker asker = new Asker();
    CoreSubscriber<Message> subscriber = asker;
    team.request(request).subscribe(subscriber);
    return asker;
  }

  private Asker ask(String request) {
    return ask(Message.of(request));
  }

  @Test
  void requestsTakeTurns() {
    Line a = line(0, 10);
    Line b = line(1, 10);
    for (int i = 0; i < 6; i++) {
      ask("q" + i);
    }
    rig.loop.run();
    assertThat(a.req.peer.inFlight()).isEqualTo(3);
    assertThat(b.req.peer.inFlight()).isEqualTo(3);
  }

  @Test
  void whoIsFullIsPassedOver() {
    Line a = line(0, 1);
    Line b = line(1, 3);
    for (int i = 0; i < 6; i++) {
      ask("q" + i);
    }
    rig.loop.run();
    assertThat(a.req.peer.inFlight()).isEqualTo(1);
    assertThat(b.req.peer.inFlight()).isEqualTo(3);
    assertThat(bounds.messages()).isEqualTo(2);
    handler.answer(handler.asked.get(0));
    handler.answer(handler.asked.get(1));
    rig.loop.run();
    assertThat(handler.asked).hasSize(6);
    assertThat(bounds.messages()).isZero();
  }

  @Test
  void whatWaitsForAnyoneGoesToTheFirstThatComes() {
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      askers.add(ask("q" + i));
    }
    rig.loop.run();
    assertThat(bounds.pending()).isEqualTo(4);
    line(1, 10);
    assertThat(handler.asked).containsExactly("q0", "q1", "q2", "q3");
    assertThat(bounds.pending()).isZero();
  }

  @Test
  void whatIsNotSentWhenAConnectionEndsGoesByAnother() {
    Line a = line(0, 10);
    Line b = line(1, 10);
    Asker flying = ask("flying");
    rig.loop.run();
    a.req.credit.demanded(-a.req.credit.available());
    Asker large = ask("b".repeat(3 * RequestRig.FRAME));
    Asker waiting = ask("waiting");
    a.die();
    rig.loop.run();
    assertThat(((PeerUnavailableException) flying.failure).maybeProcessed()).isTrue();
    handler.asked.stream().filter(q -> !q.equals("flying")).forEach(handler::answer);
    rig.loop.run();
    assertThat(large.heard).hasSize(2);
    assertThat(waiting.heard).hasSize(2);
    assertThat(b.req.peer.sent()).isEqualTo(2);
  }

  @Test
  void whatAConnectionHadBegunGoesByAnother() {
    Line a = line(0, 10);
    // three frames, of which the peer allows one
    a.req.holding = true;
    a.req.credit.demanded(1 - a.req.credit.available());
    Asker large = ask("b".repeat(3 * RequestRig.FRAME));
    rig.loop.run();
    assertThat(a.req.peer.inFlight()).isEqualTo(1);
    assertThat(handler.asked).isEmpty();
    line(1, 10);
    assertThat(handler.asked).isEmpty();
    a.die();
    rig.loop.run();
    assertThat(handler.asked).hasSize(1);
    handler.answer(handler.asked.get(0));
    rig.loop.run();
    assertThat(large.heard).hasSize(2);
  }

  @Test
  void aRequestThatHasMovedIsCancelledWhereItIs() {
    Line a = line(0, 10);
    a.req.holding = true;
    a.req.credit.demanded(1 - a.req.credit.available());
    Asker large = ask("b".repeat(3 * RequestRig.FRAME));
    rig.loop.run();
    Line b = line(1, 10);
    a.die();
    rig.loop.run();
    assertThat(handler.asked).hasSize(1);
    large.cancel();
    rig.loop.run();
    assertThat(b.req.cancels).hasSize(1);
    assertThat(handler.cancelled).hasSize(1);
    assertThat(b.req.peer.inFlight()).isZero();
  }

  @Test
  void whatIsCancelledWhileNobodyHasRoomLeavesNothing() {
    for (int i = 0; i < 1000; i++) {
      ask("q" + i).cancel();
      rig.loop.run();
      assertThat(bounds.pending()).isZero();
    }
    assertThat(team.surplus().size()).isLessThan(3 * 64);
  }

  @Test
  void sizesAreRefusedOnlyIfNoPeerOfTheSocketTakesThem() {
    Line large = lineUpTo(0, 1000);
    Line small = lineUpTo(1, 10);
    for (int i = 0; i < 4; i++) {
      ask("x".repeat(500));
    }
    rig.loop.run();
    assertThat(large.req.peer.sent()).isEqualTo(4);
    assertThat(small.req.peer.sent()).isZero();
    assertThat(first.dropped).isEmpty();
    assertThat(second.dropped).isEmpty();

    List<Asker> askers = List.of(ask("x".repeat(2000)), ask("x".repeat(2000)));
    rig.loop.run();
    assertThat(askers)
        .allSatisfy(a -> assertThat(a.failure).isInstanceOf(MessageTooLargeException.class));
    assertThat(first.dropped).hasSize(2);
  }

  @Test
  void whatOnlyAFullPeerTakesWaitsForIt() {
    Line large = lineUpTo(0, 1000);
    large.req.credit.demanded(-large.req.credit.available());
    lineUpTo(1, 10);
    Asker asker = ask("x".repeat(500));
    Asker other = ask("x".repeat(501));
    rig.loop.run(); // and this ends
    assertThat(bounds.messages()).isEqualTo(2);
    large.req.credit.demanded(2);
    large.req.peer.demanded();
    rig.loop.run();
    handler.asked.forEach(handler::answer);
    rig.loop.run();
    assertThat(asker.heard).hasSize(2);
    assertThat(other.heard).hasSize(2);
  }

  @Test
  void noneIsDrainedBeforeAllAre() {
    line(0, 1);
    line(1, 1);
    List<Asker> askers = List.of(ask("q0"), ask("q1"), ask("q2"));
    rig.loop.run();
    flows.forEach(RequestFlow::close);
    assertThat(flows).noneMatch(RequestFlow::isDrained);
    int moved = first.moved + second.moved;
    handler.answer("q0");
    handler.answer("q1");
    rig.loop.run();
    assertThat(flows).allMatch(RequestFlow::isDrained);
    assertThat(first.moved).as("each is told").isPositive();
    assertThat(second.moved).as("each is told").isPositive();
    assertThat(first.moved + second.moved).isGreaterThan(moved + 1);
    handler.answer("q2");
    rig.loop.run();
    assertThat(askers).allSatisfy(asker -> assertThat(asker.heard).hasSize(2));
  }

  @Test
  void closingFailsWhatWaitsUnencodedAndTellsAll() {
    Asker asker = ask("q");
    rig.loop.run();
    flows.get(0).close();
    assertThat(asker.failure).isInstanceOf(ClosedException.class);
    rig.loop.run();
    assertThat(second.moved).isPositive();
  }

  @Test
  void whatIsLeftAtTheEndIsCountedOnce() {
    line(0, 1);
    line(1, 1);
    List<Asker> askers = List.of(ask("q0"), ask("q1"), ask("q2"), ask("q3"), ask("q4"));
    rig.loop.run();
    long unsent = flows.stream().mapToLong(RequestFlow::terminate).sum();
    assertThat(unsent).isEqualTo(3);
    assertThat(askers).filteredOn(asker -> asker.failure instanceof ClosedException).hasSize(3);
    assertThat(flows.stream().mapToLong(f -> f.counters().sent()).sum()).isEqualTo(2);
  }

  @Test
  void whatIsSharedIsCountedOnce() {
    ask("waits");
    rig.loop.run();
    assertThat(flows.get(0).counters().pendingSends()).isEqualTo(1);
    assertThat(flows.get(1).counters().pendingSends()).isZero();
  }
}
