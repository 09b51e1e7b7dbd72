package io.reactorzmq.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** What can be measured by itself, beside the rows of the {@link Suite}. */
enum Work {
  /** Bare connections: frames there and back, and frames one way. */
  DUPLEX("duplex", Duplex.CONTENDERS, Duplex.CONTENDERS),
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
            () ->
                new IllegalArgumentException(
                    "the work '" + text + "' is none of " + Arrays.toString(values())));
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
