package io.reactorzmq.bench;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Schedulers;

/** PUSH and PULL sockets of byte arrays, with the forms of sending as they are used. */
final class ReactorZmqContender implements Contender {

  /** How the messages get into the PUSH socket. */
  enum Form {
    /** {@code sendAll} of a source that emits where it is asked: on the socket's event loop. */
    SEND_ALL,
    /** {@code sendAll} of a source that emits on a thread of its own. */
    SEND_ALL_THREAD,
    /** {@code tryEmit} in a loop, on one thread. */
    TRY_EMIT,
    /** {@code tryEmit} in a loop, on two threads. */
    TRY_EMIT_TWO
  }

  private static final int YIELDS = 10;
  private static final long PARK_NANOS = 50_000;

  private final Form form;

  ReactorZmqContender(Form form) {
    this.form = form;
  }

  @Override
  public int receive(Counter counter) {
    PullSocket<byte[]> socket =
        Zmq.pull()
            .codec(Codec.bytes())
            .highWaterMark(HIGH_WATER_MARK)
            .resources(Carrier.current().resources())
            .bind(Carrier.current().any())
            .openNow();
    socket.receive().subscribe(value -> counter.count(value.length));
    return socket.endpoints().get(0).port();
  }

  @Override
  public void send(int port, byte[] message) throws InterruptedException {
    PushSocket<byte[]> socket =
        Zmq.push()
            .codec(Codec.bytes())
            .highWaterMark(HIGH_WATER_MARK)
            .resources(Carrier.current().resources())
            .connect(Carrier.current().at(String.valueOf(port)))
            .openNow();
    Flux<byte[]> source = Flux.generate(sink -> sink.next(message));
    switch (form) {
      case SEND_ALL -> socket.sendAll(source).block();
      case SEND_ALL_THREAD ->
          socket.sendAll(source.subscribeOn(Schedulers.newSingle("producer", true))).block();
      case TRY_EMIT -> emit(socket, message);
      case TRY_EMIT_TWO -> {
        Threads.start("producer-2", () -> emit(socket, message));
        emit(socket, message);
      }
    }
  }

  private static void emit(PushSocket<byte[]> socket, byte[] message) {
    for (; ; ) {
      for (int refused = 0; socket.tryEmit(message) != EmitResult.OK; refused++) {
        if (refused < YIELDS) {
          Thread.yield();
        } else {
          LockSupport.parkNanos(PARK_NANOS);
        }
      }
    }
  }
}
