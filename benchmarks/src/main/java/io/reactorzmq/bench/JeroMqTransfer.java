package io.reactorzmq.bench;

import java.nio.ByteBuffer;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * A value in pieces between two DEALERs of JeroMQ, which are PUSH and PULL with a way back for the
 * acknowledgement. Pieces are sent from where they lie, and received into arrays of JeroMQ's own.
 */
final class JeroMqTransfer implements TransferContender {

  private static final int PIECE = 1 << 20;

  @Override
  public String listen(int bytes, int piece) {
    ZMQ.Socket socket = socket();
    int port = socket.bindToRandomPort("tcp://127.0.0.1");
    Threads.start(
        "receiver",
        () -> {
          for (; ; ) {
            for (int received = 0; received < bytes; ) {
              byte[] got = socket.recv();
              if (got.length != Math.min(PIECE, bytes - received)) {
                throw new IllegalStateException(got.length + " bytes behind " + received);
              }
              Pattern.check(received, got.length, bytes, at -> got[(int) at]);
              received += got.length;
            }
            socket.send(new byte[1]);
          }
        });
    return String.valueOf(port);
  }

  @Override
  public Transfer.Dialled dial(int bytes, int piece, String port) {
    ZMQ.Socket socket = socket();
    socket.connect("tcp://127.0.0.1:" + port);
    ByteBuffer source = RawMemory.filled(bytes).buffer();
    return () -> {
      long begun = System.nanoTime();
      for (int sent = 0; sent < bytes; sent += PIECE) {
        ByteBuffer slice = source.slice(sent, Math.min(PIECE, bytes - sent));
        socket.sendByteBuffer(slice, 0);
      }
      socket.recv();
      return System.nanoTime() - begun;
    };
  }

  private static ZMQ.Socket socket() {
    ZMQ.Socket socket = new ZContext().createSocket(SocketType.DEALER);
    socket.setHWM(Contender.HIGH_WATER_MARK);
    return socket;
  }
}
