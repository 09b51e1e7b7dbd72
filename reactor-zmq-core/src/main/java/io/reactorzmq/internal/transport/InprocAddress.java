package io.reactorzmq.internal.transport;

import io.reactorzmq.transport.Endpoint;
import java.net.SocketAddress;

/** The address of both ends of an in-process connection: the endpoint between them. */
final class InprocAddress extends SocketAddress {

  private static final long serialVersionUID = 1L;

  private final String text;

  InprocAddress(Endpoint endpoint) {
    this.text = endpoint.toString();
  }

  @Override
  public String toString() {
    return text;
  }
}
