package io.reactorzmq.bench;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Byte arrays as messages of gRPC, without a format of their own. */
final class GrpcBytes implements MethodDescriptor.Marshaller<byte[]> {

  @Override
  public InputStream stream(byte[] message) {
    return new Array(message);
  }

  @Override
  public byte[] parse(InputStream stream) {
    try {
      byte[] message = new byte[stream.available()]; // all of it, as gRPC says its length
      if (stream.readNBytes(message, 0, message.length) < message.length || stream.read() >= 0) {
        throw new IllegalStateException("a message has not " + message.length + " bytes");
      }
      return message;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells gRPC how much there is, and writes it at once. */
  private static final class Array extends ByteArrayInputStream implements KnownLength, Drainable {

    Array(byte[] message) {
      super(message);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      return Math.toIntExact(transferTo(target));
    }
  }
}
