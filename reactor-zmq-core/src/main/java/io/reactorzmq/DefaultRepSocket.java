package io.reactorzmq;

import io.reactorzmq.internal.flow.ReplyFlow;
import io.reactorzmq.internal.peer.SocketEngine;

/** The open REP socket. */
final class DefaultRepSocket extends DefaultSocket<ReplyFlow<?, ?>> implements RepSocket {

  DefaultRepSocket(SocketEngine<ReplyFlow<?, ?>> engine) {
    super(engine);
  }
}
