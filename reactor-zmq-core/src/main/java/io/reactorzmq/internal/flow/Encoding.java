package io.reactorzmq.internal.flow;

import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.ZmqException;

/** Names what a codec threw. */
final class Encoding {

  private Encoding() {}

  /** The codec's failure as a signal. */
  static ZmqException failure(Throwable thrown) {
    if (thrown instanceof ZmqException known) {
      return known;
    }
    if (thrown instanceof IllegalReferenceCountException) {
      return new CodecException(
          "the value was released, or sent, before: sending takes its reference, send value.retain()"
              + " to keep one",
          thrown);
    }
    return new CodecException("the codec could not encode the value: " + thrown, thrown);
  }
}
