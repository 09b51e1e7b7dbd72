package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;

/** What this library is expected to reach. */
final class Targets {

  private static final List<String> PUSH = List.of("zmq-sendall", "zmq-tryemit");

  static final List<Target> ALL = all();

  private Targets() {}

  private static List<Target> all() {
    Builder targets = new Builder();
    for (String row : List.of("latency-64", "latency-4k")) {
      targets.atMost(row, "zmq-req", "libzmq", Metric.P50, 1.1);
    }
    targets.atMost("latency-spin", "zmq-req@tcp-busy", "raw-spin", Metric.P50, 2.0);
    targets.atLeast("requests-64", "zmq-req", "libzmq", 1.0);
    targets.atLeast("requests-1024", "zmq-req", "rsocket", 2.0);
    targets.atLeast("requests-1024", "zmq-req", "grpc", 1.0);
    large(targets, "zmq-direct");
    for (String ours : PUSH) {
      targets.atLeast("push-64", ours, "libzmq", 1.5);
      targets.atLeast("push-64", ours, "jeromq", 1.5);
      targets.atLeast("push-1k", ours, "libzmq", 1.5);
      large(targets, ours);
      targets.atLeast("push4-1k", ours, ours + Row.ONE, 0.8);
      targets.atLeast("push4-1k", ours, "libzmq", 1.0);
    }
    for (String ours : List.of("zmq-publishall", "zmq-trypublish")) {
      targets.atLeast("pubsub-64", ours, "libzmq", 1.5);
      targets.atLeast("pubsub-64-1k", ours, "libzmq", 1.0);
    }
    for (String row : List.of("transfer-64m", "transfer-1g")) {
      targets.atMost(row, "zmq-tensor", "raw", Metric.TRANSFER, 1.1);
      targets.atMost(row, "zmq-tensor", "raw-kept", Metric.TRANSFER, 1.1);
    }
    targets.atMost("prefixes", "zmq", "zmq" + Row.ONE, Metric.COST, 2.0);
    targets.amounts();
    return List.copyOf(targets.all);
  }

  private static void large(Builder targets, String ours) {
    for (String row : List.of("push-64k", "push-1m")) {
      for (String peer : List.of("libzmq", "jeromq", "grpc")) {
        targets.atLeast(row, ours, peer, 1.0);
      }
    }
  }

  private static final class Builder {

    /** An array of 64 bytes with its header, and what may come on top of it. */
    private static final int ARRAY_AND = 80 + 64;

    private static final int MEMORY = 300_000_000;

    private final List<Target> all = new ArrayList<>();

    void atLeast(String row, String ours, String peer, double bound) {
      all.add(new Target(row, ours, peer, Metric.RATE, true, bound));
    }

    void atMost(String row, String ours, String peer, Metric metric, double bound) {
      all.add(new Target(row, ours, peer, metric, false, bound));
    }

    void amounts() {
      for (String ours : PUSH) {
        atMost("allocation", ours, "", Metric.SEND_ALLOCATED, 32);
        atMost("allocation", ours, "", Metric.RECEIVE_ALLOCATED, ARRAY_AND);
      }
      atMost("allocation", "zmq-sendall-zerocopy", "", Metric.RECEIVE_ALLOCATED, 96);
      for (String size : List.of("64", "1k", "64k", "1m")) {
        for (String ours : PUSH) {
          atMost("memory-" + size, ours, "", Metric.PEAK_MEMORY, MEMORY);
        }
      }
    }
  }
}
