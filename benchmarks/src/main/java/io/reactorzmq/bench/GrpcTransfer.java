package io.reactorzmq.bench;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * A value in pieces as a client stream of gRPC, whose answer acknowledges it. The receiver reads
 * each piece into the same array.
 */
final class GrpcTransfer implements TransferContender {

  private static final int PIECE = 1 << 20;

  private static final MethodDescriptor<ByteBuffer, byte[]> VALUE =
      Grpc.method(
          "value", MethodDescriptor.MethodType.CLIENT_STREAMING, new Pieces(), new GrpcBytes());

  @Override
  public String listen(int bytes, int piece) {
    return String.valueOf(
        Grpc.serve(
            VALUE, ServerCalls.asyncClientStreamingCall(answers -> new Receiver(bytes, answers))));
  }

  @Override
  public Transfer.Dialled dial(int bytes, int piece, String port) {
    ManagedChannel channel = Grpc.dial(Integer.parseInt(port));
    ByteBuffer source = RawMemory.filled(bytes).buffer();
    return () -> {
      int[] sent = {0};
      long begun = System.nanoTime();
      GrpcStream.send(
              channel,
              VALUE,
              () -> {
                int from = sent[0];
                if (from == bytes) {
                  return null;
                }
                sent[0] = Math.min(bytes, from + PIECE);
                return source.slice(from, sent[0] - from);
              })
          .await();
      return System.nanoTime() - begun;
    };
  }

  private static final class Receiver implements StreamObserver<ByteBuffer> {

    private final int bytes;
    private final StreamObserver<byte[]> answers;
    private int received;

    Receiver(int bytes, StreamObserver<byte[]> answers) {
      this.bytes = bytes;
      this.answers = answers;
    }

    @Override
    public void onNext(ByteBuffer piece) {
      Pattern.check(received, piece.remaining(), bytes, at -> piece.get((int) at));
      received += piece.remaining();
    }

    @Override
    public void onCompleted() {
      if (received != bytes) {
        Answers.fail(new IllegalStateException("a value has " + received + " bytes"));
      }
      answers.onNext(new byte[1]);
      answers.onCompleted();
    }

    @Override
    public void onError(Throwable cause) {
      // the sender has ended
    }
  }

  /** Pieces as messages; each that is received is valid until the next one. */
  private static final class Pieces implements MethodDescriptor.Marshaller<ByteBuffer> {

    private final byte[] received = new byte[PIECE];

    @Override
    public InputStream stream(ByteBuffer piece) {
      return new Buffer(piece);
    }

    @Override
    public ByteBuffer parse(InputStream stream) {
      try {
        int length = stream.readNBytes(received, 0, received.length);
        return ByteBuffer.wrap(received, 0, length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Tells gRPC how much there is, and writes it in large parts. */
  private static final class Buffer extends InputStream implements KnownLength, Drainable {

    private static final int PART = 16 << 10;

    private final ByteBuffer bytes;

    Buffer(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    @Override
    public int available() {
      return bytes.remaining();
    }

    @Override
    public int read() {
      return bytes.hasRemaining() ? bytes.get() & 0xFF : -1;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      byte[] part = new byte[Math.min(PART, bytes.remaining())];
      int drained = bytes.remaining();
      while (bytes.hasRemaining()) {
        int length = Math.min(part.length, bytes.remaining());
        bytes.get(part, 0, length);
        target.write(part, 0, length);
      }
      return drained;
    }
  }
}
