package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One side of a contender in a process of its own, which ends when its standard input does.
 * Programs in other languages that stand for a contender take the same arguments without its name.
 */
final class Child {

  private Child() {}

  /** Arguments: receive CONTENDER SIZE WARMUP SECONDS [RECEIVERS]. */
  static void receive(String[] args) throws InterruptedException {
    Parent.listen();
    boolean alone = args.length < 6 || integer(args[5]) == 1;
    Counter counter = new Counter(integer(args[2]), alone);
    System.out.println("PORT " + named(Contender.ALL, args[1]).receive(counter));
    Interval.parse(args[3], args[4]).measure(counter.first(), counter::messages);
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: send CONTENDER SIZE PORT... */
  static void send(String[] args) throws InterruptedException {
    Parent.listen();
    List<Integer> ports = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      ports.add(integer(args[i]));
    }
    named(Contender.ALL, args[1]).send(ports, new Ring(integer(args[2])));
  }

  /** Arguments: reply CONTENDER OUTSTANDING. */
  static void reply(String[] args) throws InterruptedException {
    Parent.listen();
    System.out.println("PORT " + named(RequestContender.ALL, args[1]).reply(integer(args[2])));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: request CONTENDER SIZE OUTSTANDING TIMED WARMUP SECONDS PORT. */
  static void request(String[] args) throws InterruptedException {
    Parent.listen();
    int size = integer(args[2]);
    RequestContender contender = named(RequestContender.ALL, args[1]);
    ask(
        size,
        Boolean.parseBoolean(args[4]),
        Interval.parse(args[5], args[6]),
        answers -> contender.request(integer(args[7]), answers, size, integer(args[3])));
  }

  /** Sends requests. */
  private interface Asking {
    void run(Answers answers) throws Exception;
  }

  private static void ask(int size, boolean timed, Interval interval, Asking asking)
      throws InterruptedException {
    Counter counter = new Counter(size, false);
    Answers answers = new Answers(counter, timed);
    Threads.start("requester", () -> asking.run(answers));
    if (timed) {
      interval.measure(
          counter.first(),
          counter::messages,
          answers::times,
          () -> Latency.of(answers.times()).words());
    } else {
      interval.measure(counter.first(), counter::messages);
    }
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: publish CONTENDER SIZE SUBSCRIBERS. */
  static void publish(String[] args) throws InterruptedException {
    Parent.listen();
    PublishContender contender = named(PublishContender.ALL, args[1]);
    System.out.println("PORT " + contender.publish(integer(args[2]), integer(args[3])));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: subscribe CONTENDER SIZE SUBSCRIBERS WARMUP SECONDS PORT. */
  static void subscribe(String[] args) throws InterruptedException {
    Parent.listen();
    Deliveries deliveries = new Deliveries(integer(args[2]), integer(args[3]));
    named(PublishContender.ALL, args[1]).subscribe(integer(args[6]), deliveries);
    deliveries.measure(Interval.parse(args[4], args[5]));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: publish-topics SIZE TOPICS. */
  static void publishTopics(String[] args) throws InterruptedException {
    Parent.listen();
    System.out.println("PORT " + Topics.publish(integer(args[1]), integer(args[2])));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: subscribe-topics SIZE PREFIXES WARMUP SECONDS PORT. */
  static void subscribeTopics(String[] args) throws InterruptedException {
    Parent.listen();
    Deliveries deliveries = new Deliveries(integer(args[1]), 1);
    Topics.subscribe(integer(args[5]), integer(args[2]), deliveries);
    deliveries.measure(Interval.parse(args[3], args[4]));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: inproc-push CONTENDER SIZE WARMUP SECONDS. */
  static void inprocPush(String[] args) throws InterruptedException {
    Parent.listen();
    int size = integer(args[2]);
    InprocContender contender = named(InprocContender.ALL, args[1]);
    Counter counter = new Counter(size, true);
    Threads.start("sender", () -> contender.push(counter, new Ring(size)));
    Interval.parse(args[3], args[4]).measure(counter.first(), counter::messages);
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: inproc-request CONTENDER SIZE WARMUP SECONDS. */
  static void inprocRequest(String[] args) throws InterruptedException {
    Parent.listen();
    int size = integer(args[2]);
    InprocContender contender = named(InprocContender.ALL, args[1]);
    ask(size, true, Interval.parse(args[3], args[4]), answers -> contender.request(answers, size));
  }

  /** Arguments: transfer-listen CONTENDER BYTES PIECE. */
  static void transferListen(String[] args) throws Exception {
    Parent.listen();
    TransferContender contender = named(TransferContender.ALL, args[1]);
    System.out.println("PORT " + contender.listen(integer(args[2]), integer(args[3])));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: transfer-dial CONTENDER BYTES PIECE PORT. Each line is a transfer. */
  static void transferDial(String[] args) throws Exception {
    TransferContender contender = named(TransferContender.ALL, args[1]);
    dialled(contender.dial(integer(args[2]), integer(args[3]), args[4]));
  }

  private static void dialled(Transfer.Dialled dialled) throws Exception {
    System.out.println("READY");
    Parent.listen(() -> System.out.println("TOOK " + dialled.run()));
  }

  /** Arguments: tensor-listen and those of {@link Transfer#parse}. */
  static void tensorListen(String[] args) throws Exception {
    Parent.listen();
    System.out.println("PORT " + Transfer.parse(args).listen());
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: tensor-dial, those of {@link Transfer#parse} and PORTS. Each line is a run. */
  static void tensorDial(String[] args) throws Exception {
    dialled(Transfer.parse(args).dial(args[6]));
  }

  /** Arguments: bulk-reply OUTSTANDING QUEUE_BYTES KIND. */
  static void bulkReply(String[] args) throws InterruptedException {
    Parent.listen();
    System.out.println(
        "PORT "
            + BulkReplier.reply(
                integer(args[1]), Long.parseLong(args[2]), TransferValues.of(args[3], 0)));
    Thread.sleep(Long.MAX_VALUE);
  }

  /**
   * Arguments: bulk-request OUTSTANDING QUEUE_BYTES BULK_BYTES SIZE PAUSE WARMUP SECONDS KIND PORT.
   */
  static void bulkRequest(String[] args) throws InterruptedException {
    Parent.listen();
    BulkRequester<?> requester =
        new BulkRequester<>(
            integer(args[9]),
            Long.parseLong(args[2]),
            integer(args[4]),
            integer(args[5]),
            TransferValues.of(args[8], 0));
    int warmup = integer(args[6]);
    int seconds = integer(args[7]);
    System.out.println("ALONE " + requester.measure(warmup, seconds));
    requester.beginBulk(integer(args[1]), Long.parseLong(args[3]));
    System.out.println("BESIDE " + requester.measure(warmup, seconds));
    Thread.sleep(Long.MAX_VALUE);
  }

  static void duplexListen() throws InterruptedException {
    Parent.listen();
    System.out.println("PORT " + DuplexListener.listen());
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: duplex-dial SLICE PORT. Each line is a run of all measurements. */
  static void duplexDial(String[] args) throws Exception {
    DuplexDialler dialler = DuplexDialler.dial(args[2], integer(args[1]));
    System.out.println("READY " + dialler.transport());
    Runtime.getRuntime().addShutdownHook(new Thread(dialler::close));
    Parent.listen(dialler::run);
  }

  private static int integer(String text) {
    return Integer.parseInt(text);
  }

  private static <T> T named(Map<String, T> contenders, String name) {
    T contender = contenders.get(name);
    if (contender == null) {
      throw new IllegalArgumentException(name + " is none of " + contenders.keySet());
    }
    return contender;
  }
}
