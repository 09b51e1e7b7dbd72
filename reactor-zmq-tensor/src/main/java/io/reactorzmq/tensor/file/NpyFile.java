package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * One tensor in a {@code .npy} file, as {@code numpy.save} writes and {@code numpy.load} reads it.
 * Pickled objects are never read.
 *
 * <p>The types are f2, f4, f8, i1 to i8, u1 to u8, b1, c8 and c16. NumPy has no name for BF16 and
 * the 8-bit floats: {@link SafetensorsFile} holds them.
 */
public final class NpyFile {

  private NpyFile() {}

  /**
   * Maps a file into memory. Only its header is read now; what is read of the data, the operating
   * system loads then.
   *
   * <p>The tensor is read-only memory, direct, so it is sent without being copied. The mapping ends
   * when garbage collection finds that nothing refers to it any more. The file must not become
   * shorter as long as it is mapped: reading what is gone throws {@link InternalError}.
   *
   * <p>An array in Fortran order or of big-endian numbers is copied instead, into direct memory
   * that its release frees: it becomes row-major and little-endian. In Fortran order it has at most
   * 2^31 - 9 bytes.
   *
   * @param file of version 1.0, 2.0 or 3.0 of the format
   * @return the tensor, the caller's to release; in segments of 1 GiB if it has more than 2 GiB
   * @throws TensorFileException if the file is malformed, is longer or shorter than its header says
   *     or has elements of another type
   * @throws IOException if it cannot be read or mapped, or there is no memory for the copy
   */
  public static Tensor read(Path file) throws IOException {
    try (Source source = Source.open(file)) {
      Place place = source.place();
      NpyHeader header = header(source, 0, source.size(), place);
      Tensor mapped = Mappings.map(source, List.of(header.region(0))).get(0);
      return RowMajor.of(header, mapped, place);
    }
  }

  /** What a header says of the data that follows it, which is checked to be there. */
  static NpyHeader header(Source source, long offset, long bytes, Place place) throws IOException {
    NpyHeader header =
        NpyHeader.read(
            new NpyHeader.Reader() {
              private int at;

              @Override
              public byte[] next(int length) throws IOException {
                if (length > bytes - at) {
                  throw place.fault("ends after %d bytes, within its header".formatted(bytes));
                }
                byte[] part = source.read(offset + at, length);
                at += length;
                return part;
              }
            },
            place);
    requireBytes(header, bytes, place);
    return header;
  }

  static void requireBytes(NpyHeader header, long bytes, Place place) throws TensorFileException {
    long data = header.shape().bytes(header.dtype());
    if (data != bytes - header.length()) {
      throw place.fault(
          "has %d bytes behind its header, but %s %s takes %d"
              .formatted(bytes - header.length(), header.dtype(), header.shape(), data));
    }
  }

  /**
   * Writes a tensor, row-major and little-endian. The file appears under its name when it is
   * complete, in place of one that was there.
   *
   * @param file in a directory that exists
   * @param tensor stays the caller's
   * @throws TensorFileException if its type is BF16, F8_E4M3 or F8_E5M2
   * @throws IOException if it cannot be written; then nothing has changed
   */
  public static void write(Path file, Tensor tensor) throws IOException {
    byte[] header = NpyHeader.bytes(tensor.dtype(), tensor.shape(), new Place(file));
    try (Target target = Target.create(file)) {
      target.write(ByteBuffer.wrap(header));
      target.write(tensor);
      target.commit();
    }
  }
}
