package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every row of the suite, in the order in which they run. */
final class Rows {

  /** Both processes have a loop and a thread of their user's, and the machine has other work. */
  private static final int CROWDED = 4;

  private static final int ANY = 1;
  private static final int MILLION = 1 << 20;

  private static final List<String> PUSH = List.of("zmq-sendall", "zmq-tryemit");

  /** Where messages are large enough that it matters whether a receiver copies them. */
  private static final List<String> PUSH_LARGE =
      List.of("zmq-sendall", "zmq-tryemit", "zmq-sendall-zerocopy", "zmq-direct");

  private static final List<String> REQ = List.of("zmq-req");
  private static final List<String> PUB = List.of("zmq-publishall", "zmq-trypublish");
  private static final List<String> PEERS = List.of("libzmq", "jeromq", "grpc", "rsocket");
  private static final List<String> AND_RAW = List.of("libzmq", "jeromq", "grpc", "rsocket", "raw");

  private static final List<String> HEAP = List.of("-Xms512m", "-Xmx512m");
  private static final List<String> SMALL = List.of("-Xmx128m", "-XX:MaxDirectMemorySize=128m");

  private static final int LARGE = 64 << 10;

  static final List<Row> ALL = all();

  private Rows() {}

  private static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    latency(rows);
    rows.add(requests(64));
    rows.add(requests(1024));
    push(rows);
    rows.add(pubsub("pubsub-1", 64, 1));
    rows.add(pubsub("pubsub-8", 64, 8));
    rows.add(pubsub("pubsub-64", 64, 64));
    rows.add(pubsub("pubsub-64-1k", 1024, 64));
    rows.add(transfer("transfer-64m", "64 MB", 64_000_000));
    rows.add(transfer("transfer-1g", "1 GB", 1_000_000_000));
    inproc(rows);
    rows.add(rdma());
    rows.add(
        new Row(
            "prefixes",
            "prefixes",
            "PUB to one SUB with 10,000 subscriptions, against one subscription, 64 B",
            Shape.TOPICS,
            64,
            10_000,
            List.of("zmq"),
            List.of("zmq" + Row.ONE),
            ANY,
            HEAP));
    rows.add(
        new Row(
            "allocation",
            "allocation",
            "bytes allocated for a 64 B message, PUSH to PULL",
            Shape.PUSH,
            64,
            1,
            List.of("zmq-sendall", "zmq-tryemit", "zmq-sendall-zerocopy"),
            List.of(),
            ANY,
            HEAP));
    sizes()
        .forEach(
            (name, size) ->
                rows.add(
                    new Row(
                        "memory-" + name,
                        "memory",
                        "peak memory, PUSH to PULL, " + title(size) + ", a heap of 128 MB",
                        Shape.PUSH,
                        size,
                        1,
                        PUSH,
                        List.of(),
                        ANY,
                        SMALL)));
    return List.copyOf(rows);
  }

  private static void latency(List<Row> rows) {
    for (int size : new int[] {64, 4096, 64 << 10, MILLION}) {
      rows.add(
          new Row(
              "latency-" + shortened(size),
              "latency",
              "REQ to REP, " + title(size) + ", one at a time",
              Shape.LATENCY,
              size,
              1,
              REQ,
              AND_RAW,
              ANY,
              HEAP));
    }
    rows.add(
        new Row(
            "latency-spin",
            "latency",
            "REQ to REP, 64 B, one at a time, loops that never sleep",
            Shape.LATENCY,
            64,
            1,
            List.of("zmq-req@tcp-busy"),
            List.of("raw-spin"),
            CROWDED,
            HEAP));
  }

  private static Row requests(int outstanding) {
    return new Row(
        "requests-" + outstanding,
        "requests",
        "REQ to REP, 64 B, " + outstanding + " at a time",
        Shape.REQUESTS,
        64,
        outstanding,
        REQ,
        PEERS,
        ANY,
        HEAP);
  }

  private static void push(List<Row> rows) {
    sizes()
        .forEach(
            (name, size) ->
                rows.add(
                    new Row(
                        "push-" + name,
                        "push",
                        "PUSH to PULL, " + title(size),
                        Shape.PUSH,
                        size,
                        1,
                        size < LARGE ? PUSH : PUSH_LARGE,
                        AND_RAW,
                        ANY,
                        HEAP)));
    rows.add(
        new Row(
            "push4-1k",
            "push4",
            "PUSH to four PULLs, 1 KB",
            Shape.FAN_OUT,
            1024,
            4,
            PUSH,
            List.of("libzmq", "jeromq", "zmq-sendall" + Row.ONE, "zmq-tryemit" + Row.ONE),
            CROWDED,
            HEAP));
  }

  private static Row pubsub(String name, int size, int subscribers) {
    return new Row(
        name,
        "pubsub",
        "PUB to " + subscribers + (subscribers == 1 ? " SUB, " : " SUBs, ") + title(size),
        Shape.PUBSUB,
        size,
        subscribers,
        PUB,
        List.of("libzmq", "jeromq"),
        subscribers > 8 ? CROWDED : ANY,
        HEAP);
  }

  private static Row transfer(String name, String title, int bytes) {
    return new Row(
        name,
        "transfer",
        title + " one way, acknowledged",
        Shape.TRANSFER,
        bytes,
        1,
        List.of("zmq-message", "zmq-tensor"),
        List.of("raw", "raw-kept", "libzmq", "jeromq", "grpc"),
        ANY,
        List.of(
            "-Xms512m",
            "-Xmx512m",
            "-XX:MaxDirectMemorySize=" + (4L * bytes + (1L << 30)),
            "--add-opens=java.base/java.nio=ALL-UNNAMED"));
  }

  private static void inproc(List<Row> rows) {
    rows.add(
        new Row(
            "inproc-push",
            "inproc",
            "PUSH to PULL within a process, 64 B",
            Shape.INPROC_PUSH,
            64,
            1,
            PUSH,
            List.of("jeromq"),
            ANY,
            HEAP));
    rows.add(
        new Row(
            "inproc-latency",
            "inproc",
            "REQ to REP within a process, 64 B, one at a time",
            Shape.INPROC_REQUEST,
            64,
            1,
            REQ,
            List.of("jeromq"),
            ANY,
            HEAP));
  }

  private static Row rdma() {
    return new Row(
        "rdma-request",
        "rdma",
        "REQ to REP, 64 B, one at a time, over RDMA and over TCP",
        Shape.LATENCY,
        64,
        1,
        List.of("zmq-req@rdma", "zmq-req@rdma-spin"),
        List.of("zmq-req@tcp", "zmq-req@tcp-busy"),
        CROWDED,
        HEAP);
  }

  private static Map<String, Integer> sizes() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    for (int size : new int[] {64, 1024, 64 << 10, MILLION}) {
      sizes.put(shortened(size), size);
    }
    return sizes;
  }

  private static String shortened(int size) {
    return size < 1024 ? "" + size : size < MILLION ? size / 1024 + "k" : size / MILLION + "m";
  }

  private static String title(int size) {
    return size < 1024
        ? size + " B"
        : size < MILLION ? size / 1024 + " KB" : size / MILLION + " MB";
  }
}
