package io.reactorzmq.tensor.file;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A deflated entry of a zip file as it is inflated into memory: never more of it than it says that
 * it has.
 */
final class Inflated implements AutoCloseable {

  /** Each bit or two of deflated data make at most 258 bytes. */
  private static final int MAX_RATIO = 1032;

  private final ZipIndex.Entry entry;
  private final Place place;
  private final InputStream input;
  private final byte[] chunk = new byte[1 << 16];
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();

  private Inflated(Source source, ZipIndex.Entry entry, Place place) {
    this.entry = entry;
    this.place = place;
    this.input = source.stream(entry.offset(), entry.compressed());
  }

  static Tensor read(Source source, ZipIndex.Entry entry, Place place) throws IOException {
    if (entry.size() / MAX_RATIO > entry.compressed()) {
      throw place.fault(
          "claims %d bytes, but no %d bytes inflate to more than %d times as many"
              .formatted(entry.size(), entry.compressed(), MAX_RATIO));
    }
    try (Inflated inflated = new Inflated(source, entry, place)) {
      NpyHeader header = NpyHeader.read(inflated::next, place);
      NpyFile.requireBytes(header, entry.size(), place);
      Tensor tensor = RowMajor.allocate(header.dtype(), header.shape(), place);
      try {
        for (ByteBuf segment : tensor.segments()) {
          inflated.fill(segment.nioBuffer());
        }
        inflated.finish();
      } catch (Throwable e) {
        tensor.release();
        throw e;
      }
      return RowMajor.of(header, tensor, place);
    }
  }

  private byte[] next(int bytes) throws IOException {
    byte[] part = new byte[bytes];
    fill(ByteBuffer.wrap(part));
    return part;
  }

  private void fill(ByteBuffer target) throws IOException {
    ByteBuffer filled = target.duplicate();
    while (target.hasRemaining()) {
      if (inflate(target) == 0) {
        throw place.fault("inflates to less than the %d bytes it claims".formatted(entry.size()));
      }
    }
    crc.update(filled);
  }

  private void finish() throws IOException {
    if (inflate(ByteBuffer.allocate(1)) != 0) {
      throw place.fault("inflates to more than the %d bytes it claims".formatted(entry.size()));
    }
    if (inflater.getRemaining() > 0 || input.read() >= 0) {
      throw place.fault("has bytes behind its deflated data");
    }
    if (crc.getValue() != entry.crc()) {
      throw place.fault(
          "has the CRC-32 %08x, its content %08x".formatted(entry.crc(), crc.getValue()));
    }
  }

  /** Returns 0 only at the end of the data. */
  private int inflate(ByteBuffer target) throws IOException {
    try {
      while (true) {
        int count = inflater.inflate(target);
        if (count > 0 || inflater.finished()) {
          return count;
        }
        int length = inflater.needsInput() ? input.read(chunk) : -1;
        if (length < 0) {
          throw place.fault("has deflated data that is cut off");
        }
        inflater.setInput(chunk, 0, length);
      }
    } catch (DataFormatException e) {
      throw place.fault("has deflated data that is malformed: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
