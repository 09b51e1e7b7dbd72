package io.reactorzmq.bench;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;

/** Sockets of one process over {@code inproc}. */
final class ReactorZmqInproc implements InprocContender {

  private static final String ADDRESS = "inproc://bench";

  private final boolean tryEmit;

  /**
   * Creates a contender.
   *
   * @param tryEmit how it sends, see {@link ReactorZmqContender}
   */
  ReactorZmqInproc(boolean tryEmit) {
    this.tryEmit = tryEmit;
  }

  @Override
  public void push(Counter counter, Ring ring) {
    PullSocket<byte[]> pull =
        Zmq.pull()
            .codec(Codec.bytes())
            .highWaterMark(Contender.HIGH_WATER_MARK)
            .bind(ADDRESS)
            .openNow();
    pull.receive().subscribe(counter::count);
    PushSocket<byte[]> push =
        Zmq.push()
            .codec(Codec.bytes())
            .highWaterMark(Contender.HIGH_WATER_MARK)
            .connect(ADDRESS)
            .openNow();
    ReactorZmqContender.send(push, ring, tryEmit);
  }

  @Override
  public void request(Answers answers, int size) throws InterruptedException {
    ReqRepRequests.reply(ADDRESS, 1);
    ReqRepRequests.request(ADDRESS, answers, size, 1);
  }
}
