package io.reactorzmq.bench;

import io.reactorzmq.bench.micro.MicroMain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Measures what it is asked to, or is one of the processes that are measured. */
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
      case "micro" -> MicroMain.main(Arrays.copyOfRange(args, 1, args.length));
      case "receive" -> Child.receive(args);
      case "send" -> Child.send(args);
      case "reply" -> Child.reply(args);
      case "request" -> Child.request(args);
      case "publish" -> Child.publish(args);
      case "subscribe" -> Child.subscribe(args);
      case "bulk-reply" -> Child.bulkReply(args);
      case "bulk-request" -> Child.bulkRequest(args);
      case "publish-topics" -> Child.publishTopics(args);
      case "subscribe-topics" -> Child.subscribeTopics(args);
      case "inproc-push" -> Child.inprocPush(args);
      case "inproc-request" -> Child.inprocRequest(args);
      case "tensor-listen" -> Child.tensorListen(args);
      case "tensor-dial" -> Child.tensorDial(args);
      case "transfer-listen" -> Child.transferListen(args);
      case "transfer-dial" -> Child.transferDial(args);
      case "duplex-listen" -> Child.duplexListen();
      case "duplex-dial" -> Child.duplexDial(args);
      default -> {
        if (List.of(args).contains("--work")) {
          measure(args);
        } else {
          System.exit(Suite.main(List.of(args)));
        }
      }
    }
  }

  private static void measure(String[] args) throws Exception {
    if (List.of(args).contains("--help")) {
      System.out.print(Options.USAGE);
      return;
    }
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
    switch (options.work()) {
      case DUPLEX -> Duplex.measure(options);
      case BESIDE_BULK -> BesideBulk.measure(options);
      case TENSOR_CODEC -> CodecCost.measure(options);
      default -> Transfers.measure(options);
    }
  }
}
