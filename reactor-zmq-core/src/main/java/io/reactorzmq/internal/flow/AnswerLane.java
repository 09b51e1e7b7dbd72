package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.FrameWriter;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * One REQ as a REP's answers see it: they wait for its credit in the order in which they came, and
 * leave as many per frame as there are. A large reply is only announced.
 */
final class AnswerLane<Q, R> extends Lane<Serving<Q, R>> {

  private final ReplyPeer<Q, R> peer;
  private final ArrayDeque<Serving<Q, R>> queue = new ArrayDeque<>();

  AnswerLane(ReplyPeer<Q, R> peer, FrameWriter writer, PeerLink link) {
    super(writer, link.credit(), link::send, link::broken);
    this.peer = peer;
  }

  void add(Serving<Q, R> answer) {
    queue.add(answer);
  }

  /** Frames what there is credit for. */
  void drain() {
    resume();
    for (Serving<Q, R> next; (next = queue.peek()) != null && canBegin(next); ) {
      queue.remove();
      begin(next);
    }
    flush();
  }

  @Override
  boolean hasRoomFor(Serving<Q, R> answer) {
    return writer.hasRoomFor(answer.record());
  }

  @Override
  boolean append(Serving<Q, R> answer) {
    return writer.append(answer.record(), answer);
  }

  @Override
  void ended(Serving<Q, R> answer) {
    peer.framed(answer);
  }

  /** Nothing more goes to this peer: gives what was to go to it. */
  void drop(Consumer<Serving<Q, R>> unsent) {
    Serving<Q, R> begun = abort();
    if (begun != null) {
      unsent.accept(begun);
    }
    for (Serving<Q, R> next; (next = queue.poll()) != null; ) {
      unsent.accept(next);
    }
  }
}
