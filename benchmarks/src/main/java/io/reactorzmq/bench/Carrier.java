package io.reactorzmq.bench;

import io.reactorzmq.options.ZmqResources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What carries the connections of one of this library's contenders, and whether it spins. */
enum Carrier {
  /** TCP, with event loops that sleep. */
  TCP("tcp", "tcp", false),
  /** TCP, with event loops that never sleep. */
  TCP_BUSY("tcp-busy", "tcp", true),
  /** RDMA as it is by default: it spins for a while, then sleeps. */
  RDMA("rdma", "rdma", false),
  /** RDMA that never sleeps. */
  RDMA_SPIN("rdma-spin", "rdma", true);

  /** Between the name of a contender and that of its carrier. */
  private static final char AT = '@';

  /** The system property that tells a process its carrier. */
  private static final String PROPERTY = "bench.carrier";

  private static final int OLDEST_JAVA_FOR_RDMA = 22;

  private final String text;
  private final String scheme;
  private final boolean spins;

  Carrier(String text, String scheme, boolean spins) {
    this.text = text;
    this.scheme = scheme;
    this.spins = spins;
  }

  static Carrier parse(String text) {
    return Arrays.stream(values())
        .filter(carrier -> carrier.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'" + text + "' carries nothing; known are " + Arrays.toString(values())));
  }

  /** What is behind the name of a contender; TCP if nothing is. */
  static Carrier of(String contender) {
    int at = contender.indexOf(AT);
    return at < 0 ? TCP : parse(contender.substring(at + 1));
  }

  /** The name of a contender without its carrier. */
  static String bare(String contender) {
    int at = contender.indexOf(AT);
    return at < 0 ? contender : contender.substring(0, at);
  }

  /** Whether a contender is this library, so that it can be carried by something else. */
  static boolean isChoosable(String contender) {
    return contender.startsWith("zmq-")
        || contender.startsWith("tensor")
        || contender.startsWith("message");
  }

  /** Every contender that is this library, over each of some carriers; the others once. */
  static List<String> overEach(List<String> contenders, List<Carrier> carriers) {
    List<String> all = new ArrayList<>();
    for (String contender : contenders) {
      if (contender.indexOf(AT) >= 0 || !isChoosable(contender)) {
        all.add(contender);
      } else {
        carriers.forEach(carrier -> all.add(contender + AT + carrier));
      }
    }
    return all;
  }

  /** That of this process. */
  static Carrier current() {
    return parse(System.getProperty(PROPERTY, TCP.text));
  }

  boolean spins() {
    return spins;
  }

  boolean isRdma() {
    return scheme.equals("rdma");
  }

  /** What a process that uses it must be told. */
  List<String> jvm() {
    List<String> options = new ArrayList<>();
    options.add("-D" + PROPERTY + "=" + text);
    if (this == RDMA_SPIN) {
      options.add("-Dio.reactorzmq.rdma.spin=forever");
    }
    if (Runtime.version().feature() >= OLDEST_JAVA_FOR_RDMA) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    if (Runtime.version().feature() > OLDEST_JAVA_FOR_RDMA) {
      options.add("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }

  /** Fails if this Java, which runs the processes as well, cannot do it. */
  void require() {
    if (isRdma() && Runtime.version().feature() < OLDEST_JAVA_FOR_RDMA) {
      throw new IllegalArgumentException(
          this
              + " needs Java 22 or later and this is Java "
              + Runtime.version().feature()
              + "; ./zmq bench looks for one if its arguments say rdma");
    }
  }

  /** Binds anywhere. */
  String any() {
    return scheme + "://127.0.0.1:*";
  }

  String at(String port) {
    return scheme + "://127.0.0.1:" + port;
  }

  /** Of the sockets of this process. Where event loops spin there is one, so that it is not two. */
  ZmqResources resources() {
    return spins ? Spinning.RESOURCES : ZmqResources.shared();
  }

  private static final class Spinning {

    static final ZmqResources RESOURCES =
        ZmqResources.builder().eventLoops(1).busyPolling(current() == TCP_BUSY).build();
  }

  @Override
  public String toString() {
    return text;
  }
}
