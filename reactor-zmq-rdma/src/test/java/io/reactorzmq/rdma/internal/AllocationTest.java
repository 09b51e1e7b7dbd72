package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.rdma.RdmaTransport;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;

/**
 * Small frames leave no garbage. Measured in a JVM of its own, whose compiler and buffers are as a
 * program has them, not those of tests.
 */
class AllocationTest {

  private static final int FRAMES = 50_000;

  @Test
  void aSmallFrameLeavesNoGarbage() {
    try (ChildJvm child =
        ChildJvm.start(
            List.of("-Xmx256m", "-Dio.netty.leakDetection.level=disabled"), Echo.class)) {
      Ground.patiently()
          .atMost(Duration.ofSeconds(60))
          .until(() -> child.lines().stream().anyMatch(line -> line.startsWith("bytes")));
      String line =
          child.lines().stream().filter(l -> l.startsWith("bytes")).findFirst().orElseThrow();
      System.out.println("garbage of a frame there and back: " + line);
      assertThat(Double.parseDouble(line.split(" ")[1])).as("bytes for each frame").isLessThan(16);
    }
  }

  /** Sends frames there and back, several at a time, and prints what each has allocated. */
  public static final class Echo {

    private Echo() {}

    public static void main(String[] arguments) throws Exception {
      MultiThreadIoEventLoopGroup group =
          new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
      EventLoop a = group.next();
      EventLoop b = group.next();
      RdmaTransport transport = new RdmaTransport();
      LinkedBlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      var server =
          transport
              .bind(Endpoint.parse("rdma://127.0.0.1:0"), context(a), accepted::add)
              .block(Ground.LONG);
      TransportConnection dialled =
          transport.connect(server.endpoint(), context(b)).block(Ground.LONG);
      TransportConnection answering = accepted.poll(20, TimeUnit.SECONDS);
      answering.receive().subscribe(new Sending(answering, Integer.MAX_VALUE));
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long threadA = a.submit(() -> Thread.currentThread().threadId()).get();
      long threadB = b.submit(() -> Thread.currentThread().threadId()).get();
      Sending asking = new Sending(dialled, 4 * FRAMES);
      dialled.receive().subscribe(asking);
      for (int i = 0; i < 16; i++) {
        dialled.sendFrame(1, dialled.alloc().directBuffer(64).writeZero(64));
      }
      double best = Double.MAX_VALUE;
      for (int round = 1; round <= 4; round++) {
        long before =
            threads.getThreadAllocatedBytes(threadA) + threads.getThreadAllocatedBytes(threadB);
        int from = asking.count;
        while (asking.count < round * FRAMES) {
          Thread.onSpinWait();
          Thread.yield();
        }
        long after =
            threads.getThreadAllocatedBytes(threadA) + threads.getThreadAllocatedBytes(threadB);
        best = Math.min(best, (double) (after - before) / (asking.count - from) / 2);
      }
      System.out.println("bytes " + best);
      System.out.flush();
      System.in.read();
      Runtime.getRuntime().halt(0);
    }

    private static TransportContext context(EventLoop loop) {
      return new TransportContext(
          loop,
          PooledByteBufAllocator.DEFAULT,
          64 * 1024 * 1024,
          Ground.LONG,
          0xFF_FFFF,
          Map.of(RdmaOptions.class, RdmaOptions.defaults()));
    }
  }

  /** Answers each frame with it. */
  private static final class Sending extends BaseSubscriber<ByteBuf> {

    private final TransportConnection connection;
    private final int most;
    volatile int count;

    Sending(TransportConnection connection, int most) {
      this.connection = connection;
      this.most = most;
    }

    @Override
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    protected void hookOnNext(ByteBuf frame) {
      int n = count + 1;
      count = n;
      if (n < most) {
        connection.sendFrame(1, frame.retain());
      }
    }
  }
}
