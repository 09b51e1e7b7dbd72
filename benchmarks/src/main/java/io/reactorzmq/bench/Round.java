package io.reactorzmq.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one run of one contender gave.
 *
 * @param messages counted by the receiver or by all subscribers, or answers by the requester
 * @param nanos they took
 * @param sendCpu processor time of the sending, publishing or requesting process meanwhile, in
 *     nanoseconds
 * @param receiveCpu processor time of the receiving, subscribing or replying process meanwhile, in
 *     nanoseconds
 * @param latency how long requests took, if that is the work
 */
record Round(long messages, long nanos, long sendCpu, long receiveCpu, @Nullable Latency latency) {

  double perSecond() {
    return messages * 1e9 / nanos;
  }

  static Round run(Options options, String name, int number) throws IOException {
    String contender = Carrier.bare(name);
    String size = String.valueOf(options.size());
    String warmup = String.valueOf(options.warmup());
    String seconds = String.valueOf(options.seconds());
    String outstanding = String.valueOf(options.outstanding());
    boolean timed = options.work().isTimed();
    String subscribers = String.valueOf(options.subscribers());
    boolean pubSub = options.work() == Work.PUBSUB;
    List<String> listen =
        switch (options.work()) {
          case MESSAGES -> List.of("receive", contender, size, warmup, seconds);
          case PUBSUB -> List.of("publish", contender, size, subscribers);
          default -> List.of("reply", contender, outstanding);
        };
    List<String> dial =
        switch (options.work()) {
          case MESSAGES -> List.of("send", contender, size);
          case PUBSUB -> List.of("subscribe", contender, size, subscribers, warmup, seconds);
          default ->
              List.of(
                  "request", contender, size, outstanding, String.valueOf(timed), warmup, seconds);
        };
    boolean dialMeasures = options.work() != Work.MESSAGES;
    try (Pair pair =
        new Pair(options, Carrier.of(name), name + "-" + number, listen, dial, dialMeasures)) {
      pair.expect("BEGIN");
      long dialCpu = pair.diallingCpu();
      long listenCpu = pair.listeningCpu();
      String[] end = pair.expect("END ").split(" ");
      dialCpu = pair.diallingCpu() - dialCpu;
      listenCpu = pair.listeningCpu() - listenCpu;
      return new Round(
          Long.parseLong(end[0]),
          Long.parseLong(end[1]),
          pubSub ? listenCpu : dialCpu,
          pubSub ? dialCpu : listenCpu,
          timed ? Latency.parse(end, 2) : null);
    }
  }

  /** One line. */
  String text(Options options) {
    String unit = options.work().isOneWay() ? "msg/s" : "req/s";
    String rate = String.format(Locale.ROOT, "%,14.0f %s", perSecond(), unit);
    return latency == null
        ? rate
        : rate + String.format(Locale.ROOT, ", median %,.1f us", latency.p50() / 1e3);
  }
}
