package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.PushSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;

/** PUSH and PULL sockets of byte arrays, with the forms of sending and receiving that are fast. */
final class ReactorZmqContender implements Contender {

  private static final int YIELDS = 10;
  private static final long PARK_NANOS = 50_000;

  private final boolean tryEmit;
  private final boolean zeroCopy;

  /**
   * Creates a contender.
   *
   * @param tryEmit true for {@code tryEmit} in a loop, false for {@code sendAll} of a source that
   *     emits where it is asked, on the socket's event loop
   * @param zeroCopy whether messages are received as the memory they came in, not as arrays
   */
  ReactorZmqContender(boolean tryEmit, boolean zeroCopy) {
    this.tryEmit = tryEmit;
    this.zeroCopy = zeroCopy;
  }

  @Override
  public int receive(Counter counter) {
    return zeroCopy ? receiveMessages(counter) : receiveBytes(counter);
  }

  private static int receiveBytes(Counter counter) {
    PullSocket<byte[]> socket =
        Zmq.pull()
            .codec(Codec.bytes())
            .highWaterMark(HIGH_WATER_MARK)
            .resources(Carrier.current().resources())
            .bind(Carrier.current().any())
            .openNow();
    socket.receive().subscribe(counter::count);
    return socket.endpoints().get(0).port();
  }

  /** Receives messages as the memory they came in. */
  static int receiveMessages(Counter counter) {
    PullSocket<Message> socket =
        Zmq.pull()
            .codec(Codec.zeroCopy())
            .highWaterMark(HIGH_WATER_MARK)
            .resources(Carrier.current().resources())
            .bind(Carrier.current().any())
            .openNow();
    socket
        .receive()
        .subscribe(
            message -> {
              ByteBuf part = message.part(0);
              int length = part.readableBytes();
              int begin = part.readerIndex();
              counter.count(length, part.getByte(begin), part.getByte(begin + length - 1));
              message.release();
            });
    return socket.endpoints().get(0).port();
  }

  @Override
  public void send(List<Integer> ports, Ring ring) {
    PushSpec<byte[]> spec =
        Zmq.push()
            .codec(Codec.bytes())
            .highWaterMark(HIGH_WATER_MARK)
            .resources(Carrier.current().resources());
    for (int port : ports) {
      spec = spec.connect(Carrier.current().at(String.valueOf(port)));
    }
    send(spec.openNow(), ring, tryEmit);
  }

  /** Sends without end. */
  static void send(PushSocket<byte[]> socket, Ring ring, boolean tryEmit) {
    if (tryEmit) {
      emit(socket, ring);
    } else {
      socket.sendAll(source(ring)).block();
    }
  }

  /** Its state is no boxed number, which would count as what the socket allocates. */
  private static Flux<byte[]> source(Ring ring) {
    long[] number = new long[1];
    return Flux.generate(sink -> sink.next(ring.get(number[0]++)));
  }

  private static void emit(PushSocket<byte[]> socket, Ring ring) {
    for (long number = 0; ; number++) {
      byte[] message = ring.get(number);
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
