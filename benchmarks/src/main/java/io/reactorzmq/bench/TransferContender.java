package io.reactorzmq.bench;

import java.util.Map;
import java.util.TreeMap;

/** One way to bring one large value to another process over TCP and to be told that it is there. */
interface TransferContender {

  /** Every contender by the name it is chosen by. */
  Map<String, TransferContender> ALL =
      new TreeMap<>(
          Map.of(
              "zmq-tensor", of("tensor-into"),
              "zmq-message", of("message"),
              "jeromq", new JeroMqTransfer(),
              "grpc", new GrpcTransfer(),
              "raw-kept", of("raw-kept")));

  /**
   * Waits for a connection, and begins to receive into the same memory again and again where it
   * can.
   *
   * @param bytes of the value
   * @param piece bytes that a plain socket reads at a time
   * @return what {@link #dial} needs to find it, without spaces
   */
  String listen(int bytes, int piece) throws Exception;

  /**
   * Connects, and makes the value.
   *
   * @param bytes of the value
   * @param piece bytes that a plain socket writes at a time
   * @param ports what {@link #listen} has returned
   */
  Transfer.Dialled dial(int bytes, int piece, String ports) throws Exception;

  /** One that is there for other measurements as well. */
  private static TransferContender of(String kind) {
    return new TransferContender() {
      @Override
      public String listen(int bytes, int piece) throws Exception {
        return transfer(bytes, piece).listen();
      }

      @Override
      public Transfer.Dialled dial(int bytes, int piece, String ports) throws Exception {
        return transfer(bytes, piece).dial(ports);
      }

      private Transfer transfer(int bytes, int piece) {
        return new Transfer(Transfer.Way.PUSH, kind, bytes, 1, piece);
      }
    };
  }
}
