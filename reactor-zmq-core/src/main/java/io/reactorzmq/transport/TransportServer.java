package io.reactorzmq.transport;

import io.rsocket.Closeable;

/**
 * A bound endpoint that accepts connections until it is disposed. Disposing it leaves the accepted
 * connections open.
 */
public interface TransportServer extends Closeable {

  /**
   * The endpoint with its real address and port.
   *
   * @return never a wildcard port
   */
  Endpoint endpoint();
}
