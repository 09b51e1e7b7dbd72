package io.reactorzmq.internal.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Has the kernel wake the event loop amid a large frame when the rest of it is there, not for each
 * segment (SO_RCVLOWAT, socket(7)). The end of the stream is told at once all the same, and so is a
 * full buffer, by Linux 5.9 or later; elsewhere, and where the loop is none of epoll's, every byte
 * wakes it. Confined to the event loop.
 */
final class LowWater {

  /** SOL_SOCKET and SO_RCVLOWAT on every processor that Netty's epoll is built for. */
  static final ChannelOption<Integer> OPTION = new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);

  /** Below this many missing bytes a wake-up is waited for anyway. */
  static final int LEAST = 16 * 1024;

  /** More are not waited for at a time: the kernel must have room for as many again. */
  static final int MOST = 256 * 1024;

  private static final boolean KERNEL = knows(System.getProperty("os.version", ""));

  private final IntConsumer option;
  private boolean supported;
  private int bytes = 1;

  LowWater(Channel channel) {
    this(
        KERNEL && channel instanceof EpollSocketChannel,
        wanted -> {
          if (channel.isOpen()) {
            channel.config().setOption(OPTION, wanted);
          }
        });
  }

  /**
   * Of any channel.
   *
   * @param supported whether there is such an option; nothing is ever set if not
   * @param option sets it; may throw {@link ChannelException}
   */
  LowWater(boolean supported, IntConsumer option) {
    this.supported = supported;
    this.option = option;
  }

  /** Whether a version of Linux tells of a full buffer though it holds less than is waited for. */
  static boolean knows(String version) {
    Matcher numbers = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(version);
    return numbers.matches()
        && 1000L * Long.parseLong(numbers.group(1)) + Long.parseLong(numbers.group(2)) >= 5009;
  }

  /**
   * The loop is about to wait.
   *
   * @param missing bytes of the frame in progress that are still to come
   */
  void waitFor(int missing) {
    set(missing < LEAST ? 1 : Math.min(missing, MOST));
  }

  /** From now on every byte wakes the loop, and so does what is there already. */
  void waitForAny() {
    set(1);
  }

  private void set(int wanted) {
    if (supported && wanted != bytes) {
      bytes = wanted;
      try {
        option.accept(wanted);
      } catch (ChannelException e) {
        supported = false; // a sandbox, perhaps: this only saves wake-ups
      }
    }
  }
}
