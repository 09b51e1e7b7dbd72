package io.reactorzmq.tensor.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** A file that is read, at any position. What was mapped stays mapped when it is closed. */
final class Source implements AutoCloseable {

  private final FileChannel channel;
  private final Place place;
  private final long size;

  private Source(FileChannel channel, Place place, long size) {
    this.channel = channel;
    this.place = place;
    this.size = size;
  }

  static Source open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new Source(channel, new Place(file), channel.size());
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  Place place() {
    return place;
  }

  long size() {
    return size;
  }

  /** So many bytes, whose number the caller has checked; they may yet lie behind the end. */
  byte[] read(long position, int bytes) throws IOException {
    if (position < 0 || position > size - bytes) {
      throw place.fault("%d bytes at %d, but the file ends at %d".formatted(bytes, position, size));
    }
    byte[] content = new byte[bytes];
    read(position, ByteBuffer.wrap(content));
    return content;
  }

  private void read(long position, ByteBuffer target) throws IOException {
    for (long at = position; target.hasRemaining(); ) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw place.fault("became shorter than %d bytes while it was read".formatted(size));
      }
      at += count;
    }
  }

  /** Bytes that lie within the file, one after the other. */
  InputStream stream(long position, long bytes) {
    return new InputStream() {
      private long at = position;
      private long left = bytes;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (left == 0 && length > 0) {
          return -1;
        }
        int count = (int) Math.min(length, left);
        Source.this.read(at, ByteBuffer.wrap(target, offset, count));
        at += count;
        left -= count;
        return count;
      }
    };
  }

  MappedByteBuffer map(long position, long bytes) throws IOException {
    return channel.map(FileChannel.MapMode.READ_ONLY, position, bytes);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
