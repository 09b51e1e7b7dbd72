package io.reactorzmq.bench;

import java.util.Collections;
import java.util.List;

/**
 * The processes of a run: role and arguments of each, without the contender's name.
 *
 * @param listening those that say a port
 * @param dialling those that are given all ports behind their arguments
 * @param dialMeasures whether those that dial say BEGIN and END
 * @param dialSends whether those that dial are the sending side
 */
record Launch(
    List<List<String>> listening,
    List<List<String>> dialling,
    boolean dialMeasures,
    boolean dialSends) {

  /** Subscribers of one process; more of them are shared out among several. */
  private static final int SUBSCRIBERS = 32;

  /** What a plain socket reads and writes at a time. */
  private static final String PIECE = String.valueOf(128 << 10);

  /**
   * Of a contender in a row.
   *
   * @param row what is done
   * @param contender by whom; the end of its name may say that it does something simpler
   * @param interval in which it is measured
   */
  static Launch of(Row row, String contender, Interval interval) {
    String size = String.valueOf(row.size());
    int number = contender.endsWith(Row.ONE) ? 1 : row.number();
    String many = String.valueOf(number);
    String warmup = String.valueOf(interval.warmup());
    String seconds = String.valueOf(interval.seconds());
    return switch (row.shape()) {
      case PUSH, FAN_OUT ->
          new Launch(
              Collections.nCopies(number, List.of("receive", size, warmup, seconds, many)),
              List.of(List.of("send", size)),
              false,
              true);
      case REQUESTS, LATENCY ->
          new Launch(
              List.of(List.of("reply", many)),
              List.of(
                  List.of(
                      "request",
                      size,
                      many,
                      String.valueOf(row.shape() == Shape.LATENCY),
                      warmup,
                      seconds)),
              true,
              true);
      case PUBSUB -> {
        int processes = (number + SUBSCRIBERS - 1) / SUBSCRIBERS;
        String each = String.valueOf(number / processes);
        yield new Launch(
            List.of(List.of("publish", size, many)),
            Collections.nCopies(processes, List.of("subscribe", size, each, warmup, seconds)),
            true,
            false);
      }
      case TOPICS ->
          new Launch(
              List.of(List.of("publish-topics", size, String.valueOf(row.number()))),
              List.of(List.of("subscribe-topics", size, many, warmup, seconds)),
              true,
              false);
      case TRANSFER ->
          new Launch(
              List.of(List.of("transfer-listen", size, PIECE)),
              List.of(List.of("transfer-dial", size, PIECE)),
              true,
              true);
      case INPROC_PUSH -> alone("inproc-push", size, warmup, seconds);
      case INPROC_REQUEST -> alone("inproc-request", size, warmup, seconds);
    };
  }

  private static Launch alone(String... arguments) {
    return new Launch(List.of(), List.of(List.of(arguments)), true, true);
  }
}
