package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What to measure.
 *
 * @param work what the contenders do
 * @param size bytes of a message, request or transferred value
 * @param count of values in one transfer
 * @param piece bytes that a plain socket writes or reads at a time
 * @param bulkBytes bytes of a large request
 * @param bulkOutstanding large requests that are unanswered at a time
 * @param queueBytes {@code highWaterMarkBytes} of the sockets beside large requests
 * @param pauseMicros before the next small request beside large ones
 * @param rounds how often each contender runs
 * @param warmup seconds that are not counted
 * @param seconds that are counted
 * @param contenders in their order within a round; the first is the base of the ratios
 * @param heap of each process, as {@code -Xmx} takes it
 * @param jvm further options of each process
 * @param record directory for a flight recording of each process, or empty for none
 * @param slice milliseconds of each measurement of bare connections
 * @param json whether the result is printed as JSON
 */
record Options(
    Work work,
    int size,
    int count,
    int piece,
    long bulkBytes,
    int bulkOutstanding,
    long queueBytes,
    int pauseMicros,
    int rounds,
    int warmup,
    int seconds,
    List<String> contenders,
    String heap,
    List<String> jvm,
    String record,
    int slice,
    boolean json) {

  static final String USAGE =
      """
      usage: zmq bench --work WORK [options], for what is measured by itself:
        --work WORK           duplex, beside-bulk, tensor-push, tensor-request, tensor-reply or
                              tensor-codec
        --size BYTES          of a small request or a value: 64 (default); of a tensor: 1000000000
        --rounds N            how often each contender runs (5; tensors: 15; duplex: 9)
        --seconds N           seconds counted in each run (5)
        --warmup N            seconds before them (5)
        --contenders A,B,...  in this order within each round, the first is the base of the ratios
                              One that is ours may be followed by @ and what carries it: tcp (the
                              default), tcp-busy, rdma, rdma-spin; for example tensor@rdma
        --transport A,B,...   each contender that is ours over each of these, for example tcp,rdma
        --heap SIZE           heap of each process (512m; tensors: 256m)
        --jvm "OPTIONS"       further JVM options of each process
        --record DIRECTORY    keep a flight recording of each process
        --json                print the result as JSON
      beside-bulk:
        --bulk-bytes BYTES    of each large request and its reply (1000000000)
        --bulk-outstanding N  large requests that are unanswered at a time (2)
        --queue-bytes BYTES   highWaterMarkBytes of both sockets (the library's 67108864)
        --pause MICROS        from an answer to the next small request (2000)
      tensor-push, tensor-request and tensor-reply:
        --count N             tensors in each run (1)
        --piece BYTES         what a plain socket writes or reads at a time (131072)
      duplex:
        --slice MILLIS        of each measurement in each round (300)
      contenders of duplex: %s
        unless named all, ucx_perftest if it is installed
      contenders of tensors: %s
        unless named: %s
      """
          .formatted(
              String.join(" ", Work.DUPLEX.known()),
              String.join(" ", Work.TENSOR_PUSH.known()),
              String.join(",", Work.TENSOR_PUSH.usual()));

  private static final int MIN_REQUEST = Long.BYTES;

  static Options parse(String[] args) {
    Work work = Work.DUPLEX;
    int size = 0;
    int count = 1;
    int piece = 128 << 10;
    long bulkBytes = 1_000_000_000;
    int bulkOutstanding = 2;
    long queueBytes = 64L << 20;
    int pauseMicros = 2000;
    int rounds = 0;
    int warmup = 5;
    int seconds = 5;
    String contenders = "";
    String transports = "";
    int slice = 300;
    String heap = "";
    String jvm = "";
    String record = "";
    boolean json = false;
    for (int i = 0; i < args.length; i++) {
      String option = args[i];
      if (option.equals("--json")) {
        json = true;
        continue;
      }
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("'" + option + "' is unknown or lacks its value");
      }
      String value = args[++i];
      switch (option) {
        case "--work" -> work = Work.parse(value);
        case "--bulk-bytes" -> bulkBytes = positiveLong(option, value);
        case "--bulk-outstanding" -> bulkOutstanding = positive(option, value);
        case "--queue-bytes" -> queueBytes = positiveLong(option, value);
        case "--pause" -> pauseMicros = positive(option, value);
        case "--count" -> count = positive(option, value);
        case "--piece" -> piece = positive(option, value);
        case "--size" -> size = positive(option, value);
        case "--rounds" -> rounds = positive(option, value);
        case "--seconds" -> seconds = positive(option, value);
        case "--warmup" -> warmup = positive(option, value);
        case "--slice" -> slice = positive(option, value);
        case "--transport" -> transports = value;
        case "--contenders" -> contenders = value;
        case "--heap" -> heap = value;
        case "--jvm" -> jvm = value;
        case "--record" -> record = value;
        default -> throw new IllegalArgumentException("the option " + option + " is unknown");
      }
    }
    if (size == 0) {
      size = work.isTransfer() ? 1_000_000_000 : 64;
    }
    if (work == Work.BESIDE_BULK && size < MIN_REQUEST) {
      throw new IllegalArgumentException("a request has its number in " + MIN_REQUEST + " bytes");
    }
    List<String> named = contenders.isEmpty() ? work.usual() : known(work, contenders);
    if (!transports.isEmpty()) {
      named =
          Carrier.overEach(named, Stream.of(transports.split(",")).map(Carrier::parse).toList());
    }
    named = work == Work.DUPLEX ? Duplex.possible(named, contenders.isEmpty()) : named;
    if (work != Work.DUPLEX) {
      named.forEach(name -> Carrier.of(name).require());
    }
    List<String> options = words(jvm);
    if (work == Work.BESIDE_BULK) {
      // the requester's own, and what either side has received and not released yet
      options.add(0, "-XX:MaxDirectMemorySize=" + ((2L * bulkOutstanding + 2) * bulkBytes));
    }
    if (work.isTransfer()) {
      // the heap is there from the beginning, so that what comes on top is what transfers take
      options.add(0, "-XX:+AlwaysPreTouch");
      options.add(0, "-XX:MaxDirectMemorySize=" + (4L * size + (1L << 30)));
      options.add(0, "--add-opens=java.base/java.nio=ALL-UNNAMED"); // RawMemory
    }
    return new Options(
        work,
        size,
        count,
        piece,
        bulkBytes,
        bulkOutstanding,
        queueBytes,
        pauseMicros,
        rounds > 0 ? rounds : work.isTransfer() ? 15 : work == Work.DUPLEX ? 9 : 5,
        warmup,
        seconds,
        named,
        !heap.isEmpty() ? heap : work.isTransfer() ? "256m" : "512m",
        options,
        record,
        slice,
        json);
  }

  private static int positive(String option, String value) {
    long number = positiveLong(option, value);
    if (number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(option + " is '" + value + "', that is too large");
    }
    return (int) number;
  }

  private static long positiveLong(String option, String value) {
    try {
      long number = Long.parseLong(value);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(option + " is '" + value + "', it must be 1 or more");
  }

  private static List<String> known(Work work, String names) {
    List<String> list = List.of(names.split(","));
    for (String name : list) {
      String bare = Carrier.bare(name);
      if (!bare.equals(name)) {
        Carrier.of(name);
        if (!Carrier.isChoosable(bare)) {
          throw new IllegalArgumentException("'" + name + "' is always carried by tcp");
        }
      }
      if (!work.known().contains(bare)) {
        throw new IllegalArgumentException(
            "the contender '" + name + "' of " + work + " is none of " + work.known());
      }
    }
    return list;
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>(List.of(text.trim().split("\\s+")));
    words.removeIf(String::isEmpty);
    return words;
  }
}
