package io.reactorzmq.testing;

import io.reactorzmq.PubSocket;
import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * A feed and who listens to it, each in a process of its own: {@code pub endpoint count
 * perMillisecond highWaterMark}, which prints {@code bound ENDPOINT}, waits for two subscribers,
 * publishes, prints {@code published, FAILED failed, longest MICROS us} and, when everything is
 * taken, {@code dropped A B}; and {@code sub endpoint highWaterMark}, which prints {@code began},
 * and at the end of the feed {@code received N missed M}. Each ends when its standard input does.
 */
public final class FeedMain {

  private FeedMain() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("pub")) {
      publish(
          arguments[1],
          Integer.parseInt(arguments[2]),
          Integer.parseInt(arguments[3]),
          Integer.parseInt(arguments[4]));
    } else {
      subscribe(arguments[1], Integer.parseInt(arguments[2]));
    }
    while (System.in.read() >= 0) {
      // whoever started this process has closed the pipe, or has ended
    }
    Runtime.getRuntime().halt(0);
  }

  private static void print(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void publish(String endpoint, int count, int perMillisecond, int highWaterMark) {
    PubSocket<byte[]> pub =
        Zmq.pub().codec(Codec.bytes()).highWaterMark(highWaterMark).bind(endpoint).openNow();
    print("bound " + pub.endpoints().get(0));
    pub.awaitSubscribers("feed", 2).block();
    byte[] value = new byte[64];
    long longest = 0;
    int failed = 0;
    long due = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long before = System.nanoTime();
      if (pub.tryPublish("feed", value) != EmitResult.OK) {
        failed++;
      }
      longest = Math.max(longest, System.nanoTime() - before);
      if ((i + 1) % perMillisecond == 0) {
        due += 1_000_000;
        // in step with the faster of the two, as a feed with a source of its own would not be
        while (due > System.nanoTime() || leastQueued(pub) > highWaterMark / 4) {
          LockSupport.parkNanos(200_000);
        }
      }
    }
    print("published, " + failed + " failed, longest " + longest / 1000 + " us");
    while (pub.metrics().queuedMessages() + pub.metrics().inFlight() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
    StringBuilder dropped = new StringBuilder("dropped");
    pub.metrics().peers().stream()
        .mapToLong(SocketMetrics.PeerMetrics::dropped)
        .sorted()
        .forEach(n -> dropped.append(' ').append(n));
    print(dropped.toString());
    pub.publish("feed end", value).block();
  }

  /** What waits for the subscriber that keeps up, and in front of the lanes. */
  private static long leastQueued(PubSocket<?> pub) {
    SocketMetrics metrics = pub.metrics();
    long inLanes = metrics.peers().stream().mapToLong(SocketMetrics.PeerMetrics::queued).sum();
    long least =
        metrics.peers().stream().mapToLong(SocketMetrics.PeerMetrics::queued).min().orElse(0);
    return least + Math.max(0, metrics.queuedMessages() - inLanes);
  }

  private static void subscribe(String endpoint, int highWaterMark) {
    SubSocket<byte[]> sub =
        Zmq.sub()
            .codec(Codec.bytes())
            .overflow(OverflowPolicy.WAIT)
            .highWaterMark(highWaterMark)
            .keepAlive(Duration.ofSeconds(60), Duration.ofSeconds(600))
            .connect(endpoint)
            .openNow();
    long[] totals = new long[2];
    sub.receive("feed")
        .subscribe(
            published -> {
              totals[1] += published.missedBefore();
              if (published.topic().equals("feed end")) {
                print("received " + totals[0] + " missed " + totals[1]);
              } else if (totals[0]++ == 0) {
                print("began");
              }
            });
  }
}
