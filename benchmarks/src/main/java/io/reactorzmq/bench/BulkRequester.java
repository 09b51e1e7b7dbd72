package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Recorder;

/**
 * Sends small requests one at a time and takes their time; beside them, when told to, large ones
 * that travel without pause.
 */
final class BulkRequester<T extends ReferenceCounted> {

  private static final int MAX_PART = 1 << 30;

  /** The distance of the numbers by which a large reply is checked. */
  private static final int MARKS = 16 << 20;

  private final ReqSocket<T, T> socket;
  private final TransferValues<T> values;
  private final Recorder times = new Recorder(3);
  private final AtomicLong bulkBytes = new AtomicLong();
  private final CountDownLatch firstBulk = new CountDownLatch(1);

  /**
   * Connects and begins with the small requests.
   *
   * @param port of the replier
   * @param queueBytes the socket's {@code highWaterMarkBytes}
   * @param size bytes of a small request
   * @param pauseMicros between an answer and the next small request
   * @param values what requests and replies are
   */
  BulkRequester(int port, long queueBytes, int size, int pauseMicros, TransferValues<T> values) {
    this.values = values;
    socket =
        Zmq.req()
            .codec(values.codec())
            .maxMessageSize(0)
            .highWaterMarkBytes(queueBytes)
            .resources(Carrier.current().resources())
            .connect(Carrier.current().at(String.valueOf(port)))
            .openNow();
    Threads.start("small", () -> askSmall(new byte[size], pauseMicros * 1000L));
  }

  private void askSmall(byte[] bytes, long pauseNanos) {
    for (; ; ) {
      long begun = System.nanoTime();
      socket
          .request(values.over(Unpooled.wrappedBuffer(bytes)))
          .doOnNext(
              reply -> {
                times.recordValue(System.nanoTime() - begun);
                require(values.size(reply) == bytes.length, "a small reply", reply);
                reply.release();
              })
          .block();
      LockSupport.parkNanos(pauseNanos);
    }
  }

  /**
   * Begins with the large requests and waits for the first reply to one.
   *
   * @param outstanding of them at a time
   * @param size bytes of each
   */
  void beginBulk(int outstanding, long size) throws InterruptedException {
    ByteBuf memory = Unpooled.directBuffer((int) Math.min(size, MAX_PART));
    memory.setZero(0, memory.capacity()).writerIndex(memory.capacity());
    for (int at = 0; at + Long.BYTES <= memory.capacity(); at += MARKS) {
      memory.setLong(at, ~at);
    }
    for (int i = 0; i < outstanding; i++) {
      askBulk(memory, size);
    }
    firstBulk.await();
  }

  private void askBulk(ByteBuf memory, long size) {
    socket
        .request(bulk(memory, size))
        .subscribe(
            reply -> {
              check(reply, size);
              reply.release();
              bulkBytes.addAndGet(2 * size);
              firstBulk.countDown();
            },
            Answers::fail,
            () -> askBulk(memory, size));
  }

  /** The same memory in every part and every request. */
  private T bulk(ByteBuf memory, long size) {
    ByteBuf[] parts = new ByteBuf[(int) ((size + MAX_PART - 1) / MAX_PART)];
    long rest = size;
    for (int i = 0; i < parts.length; i++) {
      int length = (int) Math.min(rest, MAX_PART);
      parts[i] = memory.retainedSlice(0, length);
      rest -= length;
    }
    return values.over(parts);
  }

  private void check(T reply, long size) {
    require(values.size(reply) == size, "a large reply", reply);
    List<ByteBuf> segments = values.segments(reply);
    for (int i = 0; i < segments.size(); i++) {
      ByteBuf segment = segments.get(i);
      for (int at = 0; at + Long.BYTES <= segment.readableBytes(); at += MARKS) {
        require(segment.getLong(at) == ~at, "byte " + at + " of segment " + i, reply);
      }
    }
  }

  private static void require(boolean holds, String what, Object reply) {
    if (!holds) {
      Answers.fail(new IllegalStateException(what + " is not what was sent: " + reply));
    }
  }

  /** After a warm-up: latencies of small requests, the bytes of large ones, and nanoseconds. */
  String measure(int warmup, int seconds) throws InterruptedException {
    Thread.sleep(1000L * warmup);
    times.reset();
    long from = System.nanoTime();
    long before = bulkBytes.get();
    Thread.sleep(1000L * seconds);
    Latency latency = Latency.of(Objects.requireNonNull(times.getIntervalHistogram()));
    long bytes = bulkBytes.get() - before;
    return latency.words() + " bytes=" + bytes + " nanos=" + (System.nanoTime() - from);
  }
}
