package io.reactorzmq.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Memory that the payloads of one stream may be received into, where they are wanted anyway, so
 * that they need not be copied there. A transport that cannot do so ignores it.
 */
@FunctionalInterface
public interface Landing {

  /**
   * A payload without metadata begins to arrive, whole in one frame. Called on the event loop. The
   * payload that is delivered next on the stream is this one, and what is returned here lies in it
   * behind its first two bytes; it may also end with the connection.
   *
   * @param first the payload's first byte
   * @param second its second byte
   * @param rest bytes that follow
   * @param scratch bytes behind them that the transport would like to overwrite
   * @return a buffer without readable bytes and with {@code rest} to {@code rest + scratch}
   *     writable ones, which the transport releases; null to receive it as any other
   */
  @Nullable ByteBuf land(int first, int second, int rest, int scratch);
}
