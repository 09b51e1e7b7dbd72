package io.reactorzmq.internal.flow;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.ZmqException;

/** Names what a codec threw. */
final class Encoding {

  private Encoding() {}

  /** The codec's failure as a signal. */
  static ZmqException failure(Throwable thrown) {
    return thrown instanceof ZmqException known
        ? known
        : new CodecException("the codec could not encode the value: " + thrown, thrown);
  }
}
