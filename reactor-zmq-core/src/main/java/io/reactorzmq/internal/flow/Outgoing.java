package io.reactorzmq.internal.flow;

import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Lane} frames. It is retained by each frame that refers to its message's memory, and
 * lets go of the message when the last of them is released.
 */
interface Outgoing extends ReferenceCounted {

  /** The message to frame; null for what has none. */
  @Nullable Message message();

  /** The last byte is in a frame for which there was credit. */
  void framed();

  /** Ends it unsent: cancelled if there is no cause. */
  void drop(@Nullable Throwable cause);
}
