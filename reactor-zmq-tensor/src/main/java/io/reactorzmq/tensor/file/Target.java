package io.reactorzmq.tensor.file;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is written. It has another name in the same directory until it is whole and on the
 * disk; then it takes the place of what was there, so nobody reads half a file.
 */
final class Target implements AutoCloseable {

  private static final int GATHERED_BUFFERS = 512;

  /** The JDK copies heap memory into direct memory of the size that it is given, and keeps that. */
  private static final int HEAP_BYTES = 1 << 20;

  private final Path file;
  private final Path temporary;
  private final FileChannel channel;
  private final List<ByteBuffer> pending = new ArrayList<>();
  private int pendingHeapBytes;
  private long position;

  private Target(Path file, Path temporary, FileChannel channel) {
    this.file = file;
    this.temporary = temporary;
    this.channel = channel;
  }

  static Target create(Path file) throws IOException {
    // through a symbolic link, not instead of it
    Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path directory = real.getParent();
    if (directory == null || Files.exists(real) && !Files.isRegularFile(real)) {
      throw new TensorFileException(file + ": is no regular file, and only such are replaced");
    }
    if (!Files.isDirectory(directory)) {
      throw new NoSuchFileException(file.toString(), null, "there is no directory " + directory);
    }
    // not createTempFile, whose files nobody else may read
    String name = ".tensors-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp";
    Path temporary = directory.resolve(name);
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new Target(real, temporary, channel);
  }

  /** How many bytes were written so far. */
  long position() {
    return position;
  }

  /** Writes all bytes, by {@link #commit()} at the latest: until then they must not change. */
  void write(ByteBuffer data) throws IOException {
    for (int at = data.position(); at < data.limit(); ) {
      int bytes = data.limit() - at;
      if (!data.isDirect()) {
        bytes = Math.min(bytes, HEAP_BYTES);
        pendingHeapBytes += bytes;
      }
      pending.add(data.slice(at, bytes));
      position += bytes;
      at += bytes;
      if (pending.size() == GATHERED_BUFFERS || pendingHeapBytes >= HEAP_BYTES) {
        flush();
      }
    }
  }

  /** Writes the data of a tensor, which must live until {@link #commit()}. */
  void write(Tensor tensor) throws IOException {
    for (ByteBuf segment : tensor.segments()) {
      for (ByteBuffer each : segment.nioBuffers()) {
        write(each);
      }
    }
  }

  /** A stream to here, buffered; its end is not the end of the file. */
  OutputStream stream() {
    OutputStream unbuffered =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] data, int offset, int length) throws IOException {
            Target.this.write(ByteBuffer.wrap(data, offset, length));
            Target.this.flush(); // the array is the caller's again
          }
        };
    return new BufferedOutputStream(unbuffered);
  }

  private void flush() throws IOException {
    writeAll(channel, pending.toArray(ByteBuffer[]::new));
    pending.clear();
    pendingHeapBytes = 0;
  }

  /** One call writes less than 2 GiB on Linux, and may write less than it is given anywhere. */
  static void writeAll(GatheringByteChannel channel, ByteBuffer[] buffers) throws IOException {
    for (int from = 0; from < buffers.length; ) {
      channel.write(buffers, from, buffers.length - from);
      while (from < buffers.length && !buffers[from].hasRemaining()) {
        from++;
      }
    }
  }

  /** Makes what was written the file. */
  void commit() throws IOException {
    flush();
    channel.force(true); // or a crash could leave the new name on an empty file
    channel.close();
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Without {@link #commit()} nothing stays. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(temporary);
  }
}
