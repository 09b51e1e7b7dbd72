package io.reactorzmq.internal.transport;

import io.reactorzmq.transport.Endpoint;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;

/** A TCP peer that writes bytes, not frames. */
final class RawPeer implements AutoCloseable {

  private final Socket socket;

  RawPeer(Endpoint endpoint) {
    try {
      socket = new Socket(endpoint.host(), endpoint.port());
      socket.setTcpNoDelay(true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A length prefix and as many bytes, the first two numbers included. */
  static byte[] frame(int first, int second, int length) {
    byte[] bytes = new byte[3 + length];
    bytes[0] = (byte) (length >> 16);
    bytes[1] = (byte) (length >> 8);
    bytes[2] = (byte) length;
    java.nio.ByteBuffer.wrap(bytes).putInt(3, first).putInt(7, second);
    return bytes;
  }

  void write(byte[] bytes) {
    write(bytes, 0, bytes.length);
  }

  void write(byte[] bytes, int offset, int length) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(bytes, offset, length);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads one frame. */
  byte[] read() {
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] frame = new byte[in.readUnsignedByte() << 16 | in.readUnsignedShort()];
      in.readFully(frame);
      return frame;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** True if nothing follows. */
  boolean atEnd() {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void finish() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Closes with RST. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
