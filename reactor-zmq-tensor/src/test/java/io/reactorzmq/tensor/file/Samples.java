package io.reactorzmq.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Tensors and files for the tests of this package. */
final class Samples {

  private Samples() {}

  /** What {@code make_golden.py} wrote, under one of its names. */
  static Path golden(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Samples.class.getResource("/golden/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** The elements of the golden files of each type, as {@code make_golden.py} says. */
  static byte[] goldenBytes(DType dtype) {
    float infinity = Float.POSITIVE_INFINITY;
    long all = -1;
    return switch (dtype) {
      case F16 -> shorts(0, 0x8000, 0x3E00, 0xC080, 0x7C00, 0x7E00);
      case F32 -> floats(0f, -0f, 1.5f, -2.25f, infinity, Float.NaN);
      case F64 -> doubles(0, -0.0, 1.5, -2.25, infinity, Double.NaN);
      case I8 -> bytes(0, 1, 42, Byte.MIN_VALUE, Byte.MAX_VALUE, Byte.MAX_VALUE - 1);
      case I16 -> shorts(0, 1, 42, Short.MIN_VALUE, Short.MAX_VALUE, Short.MAX_VALUE - 1);
      case I32 -> ints(0, 1, 42, Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE - 1);
      case I64 -> longs(0, 1, 42, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 1);
      case U8 -> bytes(0, 1, 42, 0, -1, -2);
      case U16 -> shorts(0, 1, 42, 0, -1, -2);
      case U32 -> ints(0, 1, 42, 0, -1, -2);
      case U64 -> longs(0, 1, 42, 0, all, all - 1);
      case BOOL -> bytes(1, 0, 1, 0, 0, 1);
      case C64 -> floats(0, 0, 1, 2, -1.5f, 0.25f, 0, -3, infinity, 0, 7, 0);
      case C128 -> doubles(0, 0, 1, 2, -1.5, 0.25, 0, -3, infinity, 0, 7, 0);
      default -> throw new AssertionError(dtype);
    };
  }

  static byte[] bytes(int... values) {
    return filled(values.length, 1, out -> each(values, value -> out.put((byte) value)));
  }

  static byte[] shorts(int... values) {
    return filled(values.length, 2, out -> each(values, value -> out.putShort((short) value)));
  }

  static byte[] ints(int... values) {
    return filled(values.length, 4, out -> each(values, out::putInt));
  }

  static byte[] longs(long... values) {
    return filled(values.length, 8, out -> out.asLongBuffer().put(values));
  }

  static byte[] floats(float... values) {
    return filled(values.length, 4, out -> out.asFloatBuffer().put(values));
  }

  static byte[] doubles(double... values) {
    return filled(values.length, 8, out -> out.asDoubleBuffer().put(values));
  }

  private static void each(int[] values, IntConsumer action) {
    for (int value : values) {
      action.accept(value);
    }
  }

  private static byte[] filled(int count, int size, Consumer<ByteBuffer> fill) {
    ByteBuffer buffer = ByteBuffer.allocate(count * size).order(ByteOrder.LITTLE_ENDIAN);
    fill.accept(buffer);
    return buffer.array();
  }

  /** A .npy file of version 1.0. */
  static Path npy(Path directory, String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
    start[9] = (byte) (text.length >> 8);
    return Files.write(directory.resolve("made.npy"), concat(start, text, data));
  }

  /** A header with ' for ", in ISO 8859-1, and so many bytes 0, 1, 2, ... of data. */
  static byte[] safetensors(String header, int dataBytes) {
    byte[] text = header.replace('\'', '"').getBytes(StandardCharsets.ISO_8859_1);
    return concat(longs(text.length), text, range(dataBytes));
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }

  static byte[] head(byte[] whole, int bytes) {
    return Arrays.copyOf(whole, bytes);
  }

  static byte[] range(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  static Tensor tensor(DType dtype, byte[] data, long... dims) {
    return Tensor.of(dtype, Shape.of(dims), ByteBuffer.wrap(data));
  }

  static Tensor random(DType dtype, long seed, long... dims) {
    byte[] data = new byte[(int) Shape.of(dims).bytes(dtype)];
    new Random(seed).nextBytes(data);
    return tensor(dtype, data, dims);
  }

  /** The data of a tensor, one behind the other. */
  static byte[] bytesOf(Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
    for (ByteBuf each : tensor.segments()) {
      bytes.put(each.nioBuffer());
    }
    return bytes.array();
  }

  static void assertTensor(Tensor tensor, DType dtype, byte[] data, long... dims) {
    assertThat(tensor).isNotNull();
    assertThat(tensor.dtype()).isEqualTo(dtype);
    assertThat(tensor.shape()).isEqualTo(Shape.of(dims));
    assertThat(bytesOf(tensor)).isEqualTo(data);
    assertThat(tensor.isDirect()).as("direct").isTrue();
    assertThat(tensor.isContiguous()).as("contiguous").isTrue();
  }

  static void assertSame(NamedTensors found, NamedTensors expected) {
    assertThat(found.names()).containsExactlyElementsOf(expected.names());
    for (Map.Entry<String, Tensor> each : expected.asMap().entrySet()) {
      Tensor tensor = each.getValue();
      long[] dims = tensor.shape().dims();
      assertTensor(found.get(each.getKey()), tensor.dtype(), bytesOf(tensor), dims);
    }
    assertThat(found.metadata()).isEqualTo(expected.metadata());
  }

  /** Reads every byte of a set and releases it. */
  static void consume(NamedTensors tensors) {
    tensors.asMap().values().forEach(Samples::bytesOf);
    tensors.release();
  }

  /** What is allocated for copies. */
  static long memory() {
    return RowMajor.ALLOCATOR.metric().usedDirectMemory();
  }

  /** How many mappings of files there are; garbage that is not yet collected counts. */
  static long mappings() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(each -> each.getName().equals("mapped"))
        .mapToLong(BufferPoolMXBean::getCount)
        .sum();
  }

  /** What of the files that are mapped is in memory; the tests that ask run on Linux only. */
  static long residentFileBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssFile:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
