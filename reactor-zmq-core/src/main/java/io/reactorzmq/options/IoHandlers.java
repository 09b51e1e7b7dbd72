package io.reactorzmq.options;

import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SelectStrategyFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.nio.channels.spi.SelectorProvider;

/** How event loops look at their channels. */
final class IoHandlers {

  /** For the number of events at a time: as many as there are. */
  private static final int GROWING = 0;

  /**
   * Asks the kernel without waiting, whether or not there are tasks. The loop looks at its tasks
   * after that, so whoever adds one need not wake it.
   */
  private static final SelectStrategyFactory NEVER_SLEEP =
      () ->
          (selectNow, hasTasks) -> {
            int ready = selectNow.get();
            if (ready == 0) {
              Thread.onSpinWait();
            }
            return ready;
          };

  private IoHandlers() {}

  /**
   * Makes the handler of each event loop.
   *
   * @param epoll whether to use epoll, otherwise NIO
   * @param busyPolling whether the loops look again and again instead of sleeping
   */
  static IoHandlerFactory of(boolean epoll, boolean busyPolling) {
    SelectStrategyFactory strategy =
        busyPolling ? NEVER_SLEEP : DefaultSelectStrategyFactory.INSTANCE;
    return epoll
        ? EpollIoHandler.newFactory(GROWING, strategy)
        : NioIoHandler.newFactory(SelectorProvider.provider(), strategy);
  }
}
