package io.reactorzmq.bench;

import java.io.IOException;
import java.util.Objects;

/** One side of a contender in a process of its own, which ends when its standard input does. */
final class Child {

  private Child() {}

  /** Arguments: receive CONTENDER SIZE WARMUP SECONDS. */
  static void receive(String[] args) throws InterruptedException {
    endWithParent();
    Counter counter = new Counter(Integer.parseInt(args[2]));
    System.out.println("PORT " + contender(args[1]).receive(counter));
    counter.awaitFirst();
    Thread.sleep(1000L * Integer.parseInt(args[3]));
    long from = System.nanoTime();
    long before = counter.messages();
    System.out.println("BEGIN");
    Thread.sleep(1000L * Integer.parseInt(args[4]));
    long messages = counter.messages() - before;
    System.out.println("END " + messages + " " + (System.nanoTime() - from));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Arguments: send CONTENDER SIZE PORT. */
  static void send(String[] args) throws InterruptedException {
    endWithParent();
    byte[] message = new byte[Integer.parseInt(args[2])];
    contender(args[1]).send(Integer.parseInt(args[3]), message);
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
