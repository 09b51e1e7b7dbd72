package io.reactorzmq.internal.wire;

import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * What the channel from a PUB to a SUB delivers. A hole in the numbers is a loss.
 *
 * @param number the message's number on this channel, counted from 1
 * @param gap whether an unknown number of messages was lost before it
 * @param message null if nothing has come, and the next message will have this number
 */
public record Numbered(long number, boolean gap, @Nullable Message message) {

  /**
   * Releases the message, if there is one.
   *
   * @param numbered not used any more
   */
  public static void release(Numbered numbered) {
    if (numbered.message != null) {
      numbered.message.release();
    }
  }
}
