package io.reactorzmq.bench;

import java.util.List;
import java.util.Locale;

/**
 * Values that go from one process to another and are acknowledged.
 *
 * @param way which way they go
 * @param kind what carries them, and into which memory
 * @param size bytes of each
 * @param count of them in one run
 * @param piece bytes that a plain socket writes or reads at a time
 */
record Transfer(Way way, String kind, int size, int count, int piece) {

  /** Which way the values go. The process that dials begins, and takes the time. */
  enum Way {
    /** From the one that dials, which gets a message back by another pair of sockets. */
    PUSH,
    /** From the one that dials, as requests. */
    REQUEST,
    /** To the one that dials, as replies. */
    REPLY
  }

  static final String RAW = "raw-";

  /** What carries values: a plain socket, or sockets of this library. */
  static final List<String> KINDS =
      List.of(
          "raw-piece",
          "raw-kept",
          "raw-fresh",
          "raw-zeroed",
          "message",
          "message-copied",
          "tensor",
          "tensor-into",
          "tensor-received");

  /** The kinds that run if none are named. */
  static final List<String> USUAL =
      List.of("raw-piece", "raw-kept", "raw-fresh", "raw-zeroed", "tensor", "tensor-into");

  /** One side of a connection to the listening process. */
  interface Dialled {

    /** Transfers all values once and returns the nanoseconds until they were acknowledged. */
    long run() throws Exception;
  }

  /** Whether the values come from the process that dials. */
  boolean dialSends() {
    return way != Way.REPLY;
  }

  /** Whether each value is received into memory that was not there before. */
  boolean isFresh() {
    return !List.of("raw-piece", "raw-kept", "tensor-into").contains(kind);
  }

  List<String> arguments(String role) {
    return List.of(
        role, way.name(), kind, String.valueOf(size), String.valueOf(count), String.valueOf(piece));
  }

  /** Arguments: ROLE WAY KIND SIZE COUNT PIECE. */
  static Transfer parse(String[] args) {
    return new Transfer(
        Way.valueOf(args[1]),
        args[2],
        Integer.parseInt(args[3]),
        Integer.parseInt(args[4]),
        Integer.parseInt(args[5]));
  }

  /** Waits for a connection; returns the ports, with a comma between them. */
  String listen() throws Exception {
    return kind.startsWith(RAW)
        ? RawTransfer.listen(this)
        : new ZmqTransfer<>(this, TransferValues.of(kind, size)).listen();
  }

  Dialled dial(String ports) throws Exception {
    return kind.startsWith(RAW)
        ? RawTransfer.dial(this, ports)
        : new ZmqTransfer<>(this, TransferValues.of(kind, size)).dial(ports);
  }

  @Override
  public String toString() {
    return way.name().toLowerCase(Locale.ROOT) + "-" + kind;
  }
}
