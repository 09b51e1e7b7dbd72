package io.reactorzmq.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the contenders in alternating rounds, each with a process at either end of a connection, and
 * prints what they counted.
 */
public final class Main {

  private Main() {}

  /**
   * Runs the benchmark, or one of its processes.
   *
   * @param args see {@code --help}
   * @throws Exception if a process fails
   */
  public static void main(String[] args) throws Exception {
    String first = args.length == 0 ? "" : args[0];
    switch (first) {
      case "receive" -> Child.receive(args);
      case "send" -> Child.send(args);
      case "reply" -> Child.reply(args);
      case "request" -> Child.request(args);
      case "publish" -> Child.publish(args);
      case "subscribe" -> Child.subscribe(args);
      case "bulk-reply" -> Child.bulkReply(args);
      case "bulk-request" -> Child.bulkRequest(args);
      case "transfer-listen" -> Child.transferListen(args);
      case "transfer-dial" -> Child.transferDial(args);
      case "duplex-listen" -> Child.duplexListen();
      case "duplex-dial" -> Child.duplexDial(args);
      case "--help", "-h" -> System.out.print(Options.USAGE);
      default -> measure(args);
    }
  }

  private static void measure(String[] args) throws Exception {
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    if (!options.record().isEmpty()) {
      Files.createDirectories(Path.of(options.record()));
    }
    Machine.begin();
    if (options.work() == Work.DUPLEX) {
      Duplex.measure(options);
      return;
    }
    if (options.work() == Work.BESIDE_BULK) {
      BesideBulk.measure(options);
      return;
    }
    if (options.work() == Work.TENSOR_CODEC) {
      CodecCost.measure(options);
      return;
    }
    if (options.work().isTransfer()) {
      Transfers.measure(options);
      return;
    }
    Map<String, List<Round>> results = new LinkedHashMap<>();
    for (int number = 1; number <= options.rounds(); number++) {
      for (String contender : options.contenders()) {
        Round round = Round.run(options, contender, number);
        results.computeIfAbsent(contender, c -> new ArrayList<>()).add(round);
        if (!options.json()) {
          System.out.printf("round %d  %-28s %s%n", number, contender, round.text(options));
        }
      }
    }
    Summary summary = new Summary(options, results);
    System.out.print(options.json() ? summary.json() : summary.table());
  }
}
