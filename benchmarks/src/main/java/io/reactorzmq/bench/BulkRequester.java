package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Recorder;

/**
 * Sends small requests one at a time and takes their time; beside them, when told to, large ones
 * that travel without pause.
 */
final class BulkRequester {

  private static final int MAX_PART = 1 << 30;

  /** The distance of the numbers by which a large reply is checked. */
  private static final int MARKS = 16 << 20;

  private final ReqSocket<Message, Message> socket;
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
   */
  BulkRequester(int port, long queueBytes, int size, int pauseMicros) {
    socket =
        Zmq.req()
            .codec(Codec.zeroCopy())
            .maxMessageSize(0)
            .highWaterMarkBytes(queueBytes)
            .connect("tcp://127.0.0.1:" + port)
            .openNow();
    Threads.start("small", () -> askSmall(new byte[size], pauseMicros * 1000L));
  }

  private void askSmall(byte[] bytes, long pauseNanos) {
    for (; ; ) {
      long begun = System.nanoTime();
      socket
          .request(Message.of(bytes))
          .doOnNext(
              reply -> {
                times.recordValue(System.nanoTime() - begun);
                require(reply.size() == bytes.length, "a small reply", reply);
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
  private static Message bulk(ByteBuf memory, long size) {
    ByteBuf[] parts = new ByteBuf[(int) ((size + MAX_PART - 1) / MAX_PART)];
    long rest = size;
    for (int i = 0; i < parts.length; i++) {
      int length = (int) Math.min(rest, MAX_PART);
      parts[i] = memory.retainedSlice(0, length);
      rest -= length;
    }
    return Message.of(parts);
  }

  private static void check(Message reply, long size) {
    require(reply.size() == size, "a large reply", reply);
    for (int i = 0; i < reply.partCount(); i++) {
      ByteBuf part = reply.part(i);
      for (int at = 0; at + Long.BYTES <= part.readableBytes(); at += MARKS) {
        require(part.getLong(at) == ~at, "byte " + at + " of part " + i, reply);
      }
    }
  }

  private static void require(boolean holds, String what, Message reply) {
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
    return latency + " " + (bulkBytes.get() - before) + " " + (System.nanoTime() - from);
  }
}
