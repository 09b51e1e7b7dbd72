package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Values between PUSH and PULL, or as requests or replies between REQ and REP. */
final class ZmqTransfer<T extends ReferenceCounted> {

  private static final Carrier CARRIER = Carrier.current();

  /** Of many small values only one in so many is looked into. */
  private static final int CHECK_EVERY = 1000;

  private final Transfer transfer;
  private final TransferValues<T> values;

  // Gives memory back behind the acknowledgement, as the plain socket does, not in front of it.
  private final ExecutorService releasing =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "releasing");
            thread.setDaemon(true);
            return thread;
          });

  ZmqTransfer(Transfer transfer, TransferValues<T> values) {
    this.transfer = transfer;
    this.values = values;
  }

  String listen() {
    return switch (transfer.way()) {
      case PUSH -> pull();
      case REQUEST -> {
        T small = over(1);
        yield reply(request -> received(request, () -> retained(small)));
      }
      case REPLY -> {
        T large = over(transfer.size());
        yield reply(
            request -> {
              request.release();
              return retained(large);
            });
      }
    };
  }

  private String pull() {
    PullSocket<T> socket =
        Zmq.pull()
            .codec(values.codec())
            .maxMessageSize(0)
            .resources(CARRIER.resources())
            .bind(CARRIER.any())
            .openNow();
    PushSocket<byte[]> acks =
        Zmq.push()
            .codec(Codec.bytes())
            .resources(CARRIER.resources())
            .bind(CARRIER.any())
            .openNow();
    int[] count = {0};
    socket
        .receive()
        .subscribe(
            value -> {
              boolean last = ++count[0] == transfer.count();
              if (last || count[0] % CHECK_EVERY == 0) {
                values.check(value);
              }
              requireSize(value);
              if (last) {
                count[0] = 0;
                acks.send(new byte[1]).subscribe(done -> {}, Answers::fail);
              }
              release(value);
            },
            Answers::fail);
    return socket.endpoints().get(0).port() + "," + acks.endpoints().get(0).port();
  }

  private String reply(java.util.function.Function<T, T> answer) {
    RepSocket socket =
        Zmq.rep()
            .codec(values.codec())
            .handle(request -> Mono.just(answer.apply(request)))
            .maxMessageSize(0)
            .resources(CARRIER.resources())
            .bind(CARRIER.any())
            .openNow();
    return String.valueOf(socket.endpoints().get(0).port());
  }

  private T received(T value, java.util.function.Supplier<T> then) {
    requireSize(value);
    values.check(value);
    T answer = then.get();
    release(value);
    return answer;
  }

  Transfer.Dialled dial(String ports) {
    if (transfer.way() == Transfer.Way.PUSH) {
      return push(ports.split(","));
    }
    ReqSocket<T, T> socket =
        Zmq.req()
            .codec(values.codec())
            .maxMessageSize(0)
            .resources(CARRIER.resources())
            .connect(CARRIER.at(ports))
            .openNow();
    boolean sends = transfer.dialSends();
    T request = over(sends ? transfer.size() : 1);
    return () -> {
      long took = 0;
      for (int i = 0; i < transfer.count(); i++) {
        long begun = System.nanoTime();
        T reply = Objects.requireNonNull(socket.request(retained(request)).block());
        if (!sends) {
          requireSize(reply);
          values.check(reply);
        }
        took += System.nanoTime() - begun;
        reply.release();
      }
      return took;
    };
  }

  private Transfer.Dialled push(String[] ports) {
    PushSocket<T> socket =
        Zmq.push()
            .codec(values.codec())
            .maxMessageSize(0)
            .resources(CARRIER.resources())
            .connect(CARRIER.at(ports[0]))
            .openNow();
    LinkedBlockingQueue<Long> acks = new LinkedBlockingQueue<>();
    Zmq.pull()
        .codec(Codec.bytes())
        .resources(CARRIER.resources())
        .connect(CARRIER.at(ports[1]))
        .openNow()
        .receive()
        .subscribe(ack -> acks.add(System.nanoTime()), Answers::fail);
    T value = over(transfer.size());
    Flux<T> source = Flux.range(0, transfer.count()).map(i -> retained(value));
    return () -> {
      long begun = System.nanoTime();
      socket.sendAll(source).subscribe(done -> {}, Answers::fail);
      return acks.take() - begun;
    };
  }

  private T over(int bytes) {
    ByteBuf memory = Unpooled.directBuffer(bytes, bytes);
    for (int i = 0; i < bytes; i++) {
      memory.writeByte(Pattern.at(i));
    }
    return values.over(memory);
  }

  @SuppressWarnings("unchecked") // a value retains itself
  private T retained(T value) {
    return (T) value.retain();
  }

  private void release(T value) {
    if (transfer.count() == 1) {
      releasing.execute(value::release);
    } else {
      value.release();
    }
  }

  private void requireSize(T value) {
    if (values.size(value) != transfer.size()) {
      throw new IllegalStateException(
          "a value has " + values.size(value) + " bytes instead of " + transfer.size());
    }
  }
}
