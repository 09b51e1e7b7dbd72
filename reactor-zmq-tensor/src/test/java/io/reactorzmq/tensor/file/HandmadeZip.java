package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.concat;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Zip files made by hand, so that any field of them can be wrong. */
final class HandmadeZip {

  private HandmadeZip() {}

  static byte[] npy(DType dtype, byte[] data, long... dims) {
    try {
      return concat(NpyHeader.bytes(dtype, Shape.of(dims), new Place(Path.of("test"))), data);
    } catch (TensorFileException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] deflate(byte[] content) {
    Deflater deflater = new Deflater(6, true);
    deflater.setInput(content);
    deflater.finish();
    byte[] deflated = new byte[content.length + 100];
    int length = deflater.deflate(deflated);
    deflater.end();
    return Samples.head(deflated, length);
  }

  static long crc(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(content);
    return crc.getValue();
  }

  record Made(String name, int method, byte[] data, long size, long crc) {}

  static Made entry(String name, int method, byte[] data, long size, long crc) {
    return new Made(name, method, data, size, crc);
  }

  static byte[] zip(Made... entries) {
    byte[] content = {};
    byte[] directory = {};
    for (Made each : entries) {
      int length = each.data().length;
      byte[] local = local(each.name(), each.method(), each.crc(), length, each.size());
      byte[] central =
          central(each.name(), each.method(), each.crc(), length, each.size(), content.length);
      content = concat(content, local, each.data());
      directory = concat(directory, central);
    }
    return concat(content, directory, end(entries.length, directory.length, content.length));
  }

  /** One stored entry a.npy, of which something is changed then. */
  static byte[] stored(byte[] data, Consumer<ByteBuffer> change) {
    byte[] whole = zip(entry("a.npy", 0, data, data.length, crc(data)));
    change.accept(ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN));
    return whole;
  }

  static Consumer<ByteBuffer> set(int at, int value) {
    return bytes -> bytes.putShort(at, (short) value);
  }

  static Consumer<ByteBuffer> end(int at, int value) {
    return bytes -> bytes.putShort(bytes.capacity() - 22 + at, (short) value);
  }

  static Consumer<ByteBuffer> central(int at, int value) {
    return bytes -> bytes.putShort(bytes.capacity() - 22 - 51 + at, (short) value);
  }

  static byte[] local(
      String name, int method, long crc, long compressed, long size, byte... extra) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer header = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, 0x04034b50).putShort(4, (short) 20).putShort(8, (short) method);
    header.putInt(14, (int) crc).putInt(18, (int) compressed).putInt(22, (int) size);
    header.putShort(26, (short) text.length).putShort(28, (short) extra.length);
    return concat(header.array(), text, extra);
  }

  static byte[] central(
      String name, int method, long crc, long compressed, long size, long at, byte... extra) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer header = ByteBuffer.allocate(46).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, 0x02014b50).putShort(4, (short) 20).putShort(6, (short) 20);
    header.putShort(10, (short) method).putInt(16, (int) crc);
    header.putInt(20, (int) compressed).putInt(24, (int) size);
    header.putShort(28, (short) text.length).putShort(30, (short) extra.length);
    header.putInt(42, (int) at);
    return concat(header.array(), text, extra);
  }

  static byte[] zip64(long... values) {
    ByteBuffer field = ByteBuffer.allocate(4 + 8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    field.putShort((short) 1).putShort((short) (8 * values.length));
    for (long each : values) {
      field.putLong(each);
    }
    return field.array();
  }

  static byte[] end(int count, long bytes, long at) {
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06054b50).putShort(8, (short) count).putShort(10, (short) count);
    return end.putInt(12, (int) bytes).putInt(16, (int) at).array();
  }

  static byte[] end64(long count, long bytes, long at) {
    ByteBuffer end = ByteBuffer.allocate(56 + 20).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06064b50).putLong(4, 44).putLong(24, count).putLong(32, count);
    end.putLong(40, bytes).putLong(48, at);
    return end.putInt(56, 0x07064b50).putLong(64, at + bytes).putInt(72, 1).array();
  }
}
