package io.reactorzmq.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** One side of a contender in a process of its own, which ends when its standard input does. */
final class Child {

  private Child() {}

  /** Arguments: receive CONTENDER SIZE WARMUP SECONDS. */
  static void receive(String[] args) throws InterruptedException {
    endWithParent();
    Counter counter = new Counter(Integer.parseInt(args[2]));
    System.out.println("PORT " + contender(args[1]).receive(counter));
    counter.measure(Integer.parseInt(args[3]), Integer.parseInt(args[4]), () -> {}, () -> "");
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: send CONTENDER SIZE PORT. */
  static void send(String[] args) throws InterruptedException {
    endWithParent();
    byte[] message = new byte[Integer.parseInt(args[2])];
    contender(args[1]).send(Integer.parseInt(args[3]), message);
  }

  /** Arguments: reply CONTENDER OUTSTANDING. */
  static void reply(String[] args) throws InterruptedException {
    endWithParent();
    int outstanding = Integer.parseInt(args[2]);
    System.out.println("PORT " + requestContender(args[1]).reply(outstanding));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: request CONTENDER SIZE OUTSTANDING TIMED WARMUP SECONDS PORT. */
  static void request(String[] args) throws InterruptedException {
    endWithParent();
    int size = Integer.parseInt(args[2]);
    boolean timed = Boolean.parseBoolean(args[4]);
    Counter counter = new Counter(size);
    Answers answers = new Answers(counter, timed);
    Threads.start(
        "requester",
        () ->
            requestContender(args[1])
                .request(Integer.parseInt(args[7]), answers, size, Integer.parseInt(args[3])));
    counter.measure(
        Integer.parseInt(args[5]),
        Integer.parseInt(args[6]),
        timed ? answers::times : () -> {},
        () -> timed ? Latency.of(answers.times()).toString() : "");
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: publish CONTENDER SIZE SUBSCRIBERS. */
  static void publish(String[] args) throws InterruptedException {
    endWithParent();
    int size = Integer.parseInt(args[2]);
    System.out.println(
        "PORT " + publishContender(args[1]).publish(size, Integer.parseInt(args[3])));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: subscribe CONTENDER SIZE SUBSCRIBERS WARMUP SECONDS PORT. */
  static void subscribe(String[] args) throws InterruptedException {
    endWithParent();
    Deliveries deliveries = new Deliveries(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    publishContender(args[1]).subscribe(Integer.parseInt(args[6]), deliveries);
    deliveries.measure(Integer.parseInt(args[4]), Integer.parseInt(args[5]));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: bulk-reply OUTSTANDING QUEUE_BYTES KIND. */
  static void bulkReply(String[] args) throws InterruptedException {
    endWithParent();
    System.out.println(
        "PORT "
            + BulkReplier.reply(
                Integer.parseInt(args[1]), Long.parseLong(args[2]), TransferValues.of(args[3], 0)));
    Thread.sleep(Long.MAX_VALUE);
  }

  /**
   * Arguments: bulk-request OUTSTANDING QUEUE_BYTES BULK_BYTES SIZE PAUSE WARMUP SECONDS KIND PORT.
   */
  static void bulkRequest(String[] args) throws InterruptedException {
    endWithParent();
    BulkRequester<?> requester =
        new BulkRequester<>(
            Integer.parseInt(args[9]),
            Long.parseLong(args[2]),
            Integer.parseInt(args[4]),
            Integer.parseInt(args[5]),
            TransferValues.of(args[8], 0));
    int warmup = Integer.parseInt(args[6]);
    int seconds = Integer.parseInt(args[7]);
    System.out.println("ALONE " + requester.measure(warmup, seconds));
    requester.beginBulk(Integer.parseInt(args[1]), Long.parseLong(args[3]));
    System.out.println("BESIDE " + requester.measure(warmup, seconds));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: transfer-listen and those of {@link Transfer#parse}. */
  static void transferListen(String[] args) throws Exception {
    endWithParent();
    System.out.println("PORT " + Transfer.parse(args).listen());
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: transfer-dial, those of {@link Transfer#parse} and PORTS. Each line is a run. */
  static void transferDial(String[] args) throws Exception {
    Transfer.Dialled dialled = Transfer.parse(args).dial(args[6]);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("READY");
    while (lines.readLine() != null) {
      System.out.println("TOOK " + dialled.run());
    }
    System.exit(0);
  }

  static void duplexListen() throws InterruptedException {
    endWithParent();
    System.out.println("PORT " + DuplexListener.listen());
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: duplex-dial SLICE PORT. Each line is a run of all measurements. */
  static void duplexDial(String[] args) throws Exception {
    DuplexDialler dialler = DuplexDialler.dial(args[2], Integer.parseInt(args[1]));
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("READY " + dialler.transport());
    while (lines.readLine() != null) {
      dialler.run();
    }
    dialler.close();
    System.exit(0);
  }

  private static RequestContender requestContender(String name) {
    return Objects.requireNonNull(RequestContender.ALL.get(name));
  }

  private static PublishContender publishContender(String name) {
    return Objects.requireNonNull(PublishContender.ALL.get(name));
  }

  private static Contender contender(String name) {
    return Objects.requireNonNull(Contender.ALL.get(name));
  }

  private static void endWithParent() {
    Threads.start(
        "parent",
        () -> {
          try {
            while (System.in.read() >= 0) {
              // nothing is said, only the end counts
            }
          } catch (IOException e) {
            // the same as the end
          }
          System.exit(0);
        });
  }
}
