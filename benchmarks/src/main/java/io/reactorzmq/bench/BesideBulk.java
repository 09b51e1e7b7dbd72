package io.reactorzmq.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Small requests beside large ones between the same two sockets.
 *
 * @param latency of the small ones
 * @param bulkBytes of large requests and replies that were answered meanwhile
 * @param nanos it took
 */
record BesideBulk(Latency latency, long bulkBytes, long nanos) {

  static void measure(Options options) throws IOException {
    String outstanding = String.valueOf(options.bulkOutstanding());
    String queue = String.valueOf(options.queueBytes());
    if (!options.json()) {
      System.out.printf(
          Locale.ROOT,
          """
          requests of %d bytes, %d us after the last answer, beside %d of %,d bytes at a time; \
          %d s each after %d s

          | | small requests | p50 us | p90 us | p99 us | p99.9 us | max us | GB | GB/s |
          |---|---:|---:|---:|---:|---:|---:|---:|---:|
          """,
          options.size(),
          options.pauseMicros(),
          options.bulkOutstanding(),
          options.bulkBytes(),
          options.seconds(),
          options.warmup());
    }
    // only one contender at a time: the processes of two would take each other's processors
    Carrier carrier = Carrier.of(options.contenders().get(0));
    String contender = Carrier.bare(options.contenders().get(0));
    String kind = contender.equals("zmq-req") ? "message" : contender;
    List<String> dial =
        List.of(
            "bulk-request",
            outstanding,
            queue,
            String.valueOf(options.bulkBytes()),
            String.valueOf(options.size()),
            String.valueOf(options.pauseMicros()),
            String.valueOf(options.warmup()),
            String.valueOf(options.seconds()),
            kind);
    for (int number = 1; number <= options.rounds(); number++) {
      List<String> listen = List.of("bulk-reply", outstanding, queue, kind);
      try (Pair pair = new Pair(options, carrier, "beside-bulk-" + number, listen, dial, true)) {
        parse(pair.expect("ALONE ")).print(options, number, "alone");
        parse(pair.expect("BESIDE ")).print(options, number, "beside bulk");
      }
    }
  }

  private static BesideBulk parse(String line) {
    Words words = Words.parse(line);
    return new BesideBulk(Latency.parse(words), words.get("bytes"), words.get("nanos"));
  }

  private void print(Options options, int number, String name) {
    if (options.json()) {
      System.out.printf(
          Locale.ROOT,
          "{\"round\":%d,\"phase\":\"%s\",\"latency\":%s,\"bulkBytes\":%d,\"nanos\":%d}%n",
          number,
          name,
          latency.json(),
          bulkBytes,
          nanos);
    } else {
      System.out.printf(
          Locale.ROOT,
          "| %d %s | %s | %.1f | %.2f |%n",
          number,
          name,
          latency.cells(),
          bulkBytes / 1e9,
          (double) bulkBytes / nanos);
    }
  }
}
