package io.reactorzmq.internal.transport;

import java.nio.channels.ClosedChannelException;

/** The cause of a close that is nobody's failure: {@code onClose()} completes. */
public final class OrderlyClose extends ClosedChannelException {

  private static final long serialVersionUID = 1L;
}
