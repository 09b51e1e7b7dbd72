package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the data of an array in NumPy's format, versions 1.0, 2.0 and 3.0.
 *
 * @param dtype of each element
 * @param shape of the array
 * @param bigEndian whether the bytes of each number have to be swapped
 * @param fortranOrder whether the elements have to be put into another order
 * @param length what stands before the data, in bytes
 */
record NpyHeader(DType dtype, Shape shape, boolean bigEndian, boolean fortranOrder, int length) {

  /**
   * Enough for the shape of highest rank; only structured types, which are none of ours, need more.
   */
  static final int MAX_BYTES = 1 << 16;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  private static final Map<String, DType> TYPES =
      Map.ofEntries(
          Map.entry("f2", DType.F16),
          Map.entry("f4", DType.F32),
          Map.entry("f8", DType.F64),
          Map.entry("i1", DType.I8),
          Map.entry("i2", DType.I16),
          Map.entry("i4", DType.I32),
          Map.entry("i8", DType.I64),
          Map.entry("u1", DType.U8),
          Map.entry("u2", DType.U16),
          Map.entry("u4", DType.U32),
          Map.entry("u8", DType.U64),
          Map.entry("b1", DType.BOOL),
          Map.entry("c8", DType.C64),
          Map.entry("c16", DType.C128));

  /** Gives the bytes of a file one after the other. */
  interface Reader {

    /** Exactly so many, or an exception. */
    byte[] next(int bytes) throws IOException;
  }

  /** Where the data is, if the header is at some place of a file. */
  Mappings.Region region(long headerOffset) {
    return new Mappings.Region(dtype, shape, headerOffset + length);
  }

  static NpyHeader read(Reader reader, Place place) throws IOException {
    byte[] start = reader.next(MAGIC.length + 2);
    if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw place.fault("does not begin with \\x93NUMPY, so it is no .npy file");
    }
    int major = start[MAGIC.length] & 0xFF;
    int minor = start[MAGIC.length + 1] & 0xFF;
    if (major < 1 || major > 3 || minor != 0) {
      throw place.fault(
          "is of version %d.%d of the .npy format, known are 1.0, 2.0 and 3.0"
              .formatted(major, minor));
    }
    byte[] lengthField = reader.next(major == 1 ? 2 : 4);
    long bytes = 0;
    for (int i = lengthField.length - 1; i >= 0; i--) {
      bytes = bytes << 8 | lengthField[i] & 0xFF;
    }
    if (bytes > MAX_BYTES) {
      throw place.fault(
          "has a header of %d bytes, at most %d are read".formatted(bytes, MAX_BYTES));
    }
    // all that is accepted is ASCII, in whichever charset the version has
    String text = new String(reader.next((int) bytes), StandardCharsets.ISO_8859_1);
    int length = start.length + lengthField.length + (int) bytes;
    return of(new NpyDict(text, place), length, place);
  }

  private static NpyHeader of(NpyDict dict, int length, Place place) throws TensorFileException {
    String descr = dict.descr();
    DType dtype = descr.length() < 3 ? null : TYPES.get(descr.substring(1));
    char order = descr.isEmpty() ? ' ' : descr.charAt(0);
    boolean single = dtype != null && dtype.itemSize() == 1;
    if (dtype == null || order != '<' && order != '>' && !(order == '|' && single)) {
      throw place.fault(unsupported(descr));
    }
    Shape shape;
    try {
      shape = Shape.of(dict.shape());
      shape.bytes(dtype);
    } catch (IllegalArgumentException e) {
      throw place.fault(String.valueOf(e.getMessage()));
    }
    boolean fortran = dict.fortranOrder() && shape.elements() > 0 && hasTwoAxes(shape);
    return new NpyHeader(dtype, shape, order == '>' && !single, fortran, length);
  }

  /** Whether there is more than one order to put the elements in. */
  private static boolean hasTwoAxes(Shape shape) {
    return Arrays.stream(shape.dims()).filter(dim -> dim > 1).count() > 1;
  }

  private static String unsupported(String descr) {
    String kind = descr.length() < 2 ? "" : descr.substring(1, 2);
    String why =
        switch (kind) {
          case "O" -> "Python objects are pickled, which is never read";
          case "U", "S", "a" -> "texts are no tensors";
          case "M", "m" -> "dates and times are no tensors, view them as <i8";
          case "V" -> "NumPy does not know this type; BF16 and 8-bit floats go to .safetensors";
          default -> "known are f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 c8 c16 after < or >";
        };
    return "has elements of type " + Place.quote(descr) + ": " + why;
  }

  /** The bytes before the data of a tensor, so many that data behind them is aligned to 64. */
  static byte[] bytes(DType dtype, Shape shape, Place place) throws TensorFileException {
    String dims = Arrays.toString(shape.dims());
    String text =
        "{'descr': '%s%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(
                dtype.itemSize() == 1 ? '|' : '<',
                name(dtype, place),
                dims.substring(1, dims.length() - 1),
                shape.rank() == 1 ? "," : "");
    int start = MAGIC.length + 4;
    int length = (start + text.length() + 1 + 63) / 64 * 64;
    byte[] bytes = Arrays.copyOf(MAGIC, length);
    Arrays.fill(bytes, start, length, (byte) ' ');
    bytes[MAGIC.length] = 1;
    bytes[start - 2] = (byte) (length - start);
    bytes[start - 1] = (byte) (length - start >> 8);
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, bytes, start, ascii.length);
    bytes[length - 1] = '\n';
    return bytes;
  }

  private static String name(DType dtype, Place place) throws TensorFileException {
    @Nullable String name =
        TYPES.entrySet().stream()
            .filter(each -> each.getValue() == dtype)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(null);
    if (name == null) {
      throw place.fault(
          "NumPy has no type for %s; write it as .safetensors, or convert it".formatted(dtype));
    }
    return name;
  }
}
