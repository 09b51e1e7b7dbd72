package io.reactorzmq.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** What the contenders do. */
enum Work {
  /** Messages one way, as fast as they go. */
  MESSAGES(
      "messages",
      Contender.ALL.keySet(),
      List.of("jeromq", "zmq-tryemit", "zmq-tryemit-2", "zmq-sendall", "zmq-sendall-thread")),
  /** Requests and their replies, so many at a time. */
  REQUESTS(
      "requests",
      RequestContender.ALL.keySet(),
      List.of("rsocket-request-response", "zmq-req", "jeromq-dealer")),
  /** The same, with the time that each takes. */
  LATENCY(
      "latency",
      RequestContender.ALL.keySet(),
      List.of("rsocket-request-response", "zmq-req", "jeromq-dealer")),
  /** One request at a time, over TCP and RDMA, with loops that sleep and loops that do not. */
  RDMA_REQUEST(
      "rdma-request",
      RequestContender.ALL.keySet(),
      List.of("zmq-req@tcp", "zmq-req@tcp-busy", "zmq-req@rdma", "zmq-req@rdma-spin")),
  /** Bare connections: frames there and back, and frames one way. */
  DUPLEX("duplex", Duplex.CONTENDERS, Duplex.CONTENDERS),
  /** Messages from one publisher to many subscribers, as fast as all of them take them. */
  PUBSUB(
      "pubsub",
      PublishContender.ALL.keySet(),
      List.of("jeromq", "zmq-publishall", "zmq-trypublish")),
  /** Small requests one at a time, while large ones travel between the same sockets. */
  BESIDE_BULK("beside-bulk", Set.of("zmq-req", "tensor", "tensor-received"), List.of("zmq-req")),
  /** Tensors one way, from PUSH to PULL. */
  TENSOR_PUSH("tensor-push", Transfer.KINDS, Transfer.USUAL),
  /** Tensors as requests. */
  TENSOR_REQUEST("tensor-request", Transfer.KINDS, Transfer.USUAL),
  /** Tensors as replies. */
  TENSOR_REPLY("tensor-reply", Transfer.KINDS, Transfer.USUAL),
  /** Values to messages and back, without a socket. */
  TENSOR_CODEC("tensor-codec", Set.of(), List.of());

  private final String text;
  private final Collection<String> known;
  private final List<String> usual;

  Work(String text, Collection<String> known, List<String> usual) {
    this.text = text;
    this.known = known;
    this.usual = usual;
  }

  static Work parse(String text) {
    return Arrays.stream(values())
        .filter(work -> work.text.equals(text))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("the work '" + text + "' is none of " + names()));
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Work::toString).toList();
  }

  /** Whether messages go one way only. */
  boolean isOneWay() {
    return this == MESSAGES || this == PUBSUB;
  }

  /** Whether each request is timed. */
  boolean isTimed() {
    return this == LATENCY || this == RDMA_REQUEST;
  }

  /** Whether values are transferred when told to, rather than for a number of seconds. */
  boolean isTransfer() {
    return this == TENSOR_PUSH || this == TENSOR_REQUEST || this == TENSOR_REPLY;
  }

  /** Which way the values of a transfer go. */
  Transfer.Way way() {
    return switch (this) {
      case TENSOR_PUSH -> Transfer.Way.PUSH;
      case TENSOR_REQUEST -> Transfer.Way.REQUEST;
      case TENSOR_REPLY -> Transfer.Way.REPLY;
      default -> throw new IllegalStateException(this + " is no transfer");
    };
  }

  /** Every contender that does it. */
  Collection<String> known() {
    return known;
  }

  /** The contenders that run if none are named. */
  List<String> usual() {
    return usual;
  }

  @Override
  public String toString() {
    return text;
  }
}
