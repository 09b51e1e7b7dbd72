package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.flow.RequestRig.Line;
import io.reactorzmq.internal.wire.Limits;
import reactor.core.publisher.Flux;

/** Connections of a {@link RequestRig} that are out of the ordinary. */
record RequestRigLines(RequestRig rig) {

  Line withManyPerFrame(RequestFlow<?, ?> req, ReplyFlow<?, ?> rep) {
    return open(req, rep, new Limits(1000, RequestRig.FRAME, 0, 1000), 1000);
  }

  Line withMaxMessageSize(RequestFlow<?, ?> req, ReplyFlow<?, ?> rep, long maxMessageSize) {
    return open(req, rep, new Limits(100, RequestRig.FRAME, maxMessageSize, 0), 1);
  }

  private Line open(RequestFlow<?, ?> req, ReplyFlow<?, ?> rep, Limits ofReq, int maxInFlight) {
    Line line = rig.line(req, rep);
    line.open(ofReq, new Limits(1000, RequestRig.FRAME, 0, maxInFlight));
    return line;
  }

  /** The REP's fetches bring nothing. */
  Line withStuckFetches(RequestFlow<?, ?> req, ReplyFlow<?, ?> rep) {
    Line line = rig.line(req, rep);
    line.rep.instead = Flux.<ByteBuf>never();
    line.open(RequestRig.limits(0), RequestRig.limits(10));
    return line;
  }
}
