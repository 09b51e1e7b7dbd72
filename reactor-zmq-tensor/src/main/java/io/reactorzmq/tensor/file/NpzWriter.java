package io.reactorzmq.tensor.file;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a zip file of stored {@code .npy} files so that the data of each is aligned. */
final class NpzWriter {

  static final int ALIGNMENT = 64;

  /** Zip files have a time for each entry; a fixed one makes equal files of equal tensors. */
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  /** An extra field that aligns, as Android's tools write it: what to, then zeros. */
  private static final short ALIGNMENT_FIELD = (short) 0xD935;

  private static final int ALIGNMENT_FIELD_BYTES = 6;
  private static final int LOCAL_HEADER_BYTES = 30;
  private static final int ZIP64_FIELD_BYTES = 20;
  private static final long ZIP64_FROM = 0xFFFFFFFFL;

  private NpzWriter() {}

  static void write(Target target, NamedTensors tensors, Place place) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(target.stream())) {
      zip.setMethod(ZipOutputStream.STORED);
      byte[] chunk = new byte[1 << 16];
      for (Map.Entry<String, Tensor> each : tensors.asMap().entrySet()) {
        String name = Names.require(each.getKey(), place);
        Tensor tensor = each.getValue();
        Place entry = place.in("entry " + Place.quote(name));
        byte[] header = NpyHeader.bytes(tensor.dtype(), tensor.shape(), entry);
        zip.flush(); // so that the position is right
        zip.putNextEntry(entry(name + NpzFile.SUFFIX, header, tensor, target.position()));
        zip.write(header);
        copy(tensor, zip, chunk);
        zip.closeEntry();
      }
    }
  }

  private static ZipEntry entry(String name, byte[] header, Tensor tensor, long position) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    entry.setSize(header.length + tensor.bytes());
    entry.setCrc(crc(header, tensor));
    long data = position + LOCAL_HEADER_BYTES + name.getBytes(StandardCharsets.UTF_8).length;
    data += entry.getSize() >= ZIP64_FROM ? ZIP64_FIELD_BYTES : 0;
    int padding = (int) -data & ALIGNMENT - 1;
    if (padding > 0) {
      padding += padding < ALIGNMENT_FIELD_BYTES ? ALIGNMENT : 0;
      ByteBuffer extra = ByteBuffer.allocate(padding).order(ByteOrder.LITTLE_ENDIAN);
      extra.putShort(ALIGNMENT_FIELD).putShort((short) (padding - 4)).putShort((short) ALIGNMENT);
      entry.setExtra(extra.array());
    }
    return entry;
  }

  /** The checksum stands before the data, so all of it is read twice. */
  private static long crc(byte[] header, Tensor tensor) {
    CRC32 crc = new CRC32();
    crc.update(header);
    for (ByteBuf segment : tensor.segments()) {
      for (ByteBuffer each : segment.nioBuffers()) {
        crc.update(each);
      }
    }
    return crc.getValue();
  }

  private static void copy(Tensor tensor, ZipOutputStream zip, byte[] chunk) throws IOException {
    for (ByteBuf segment : tensor.segments()) {
      while (segment.isReadable()) {
        int bytes = Math.min(segment.readableBytes(), chunk.length);
        segment.readBytes(chunk, 0, bytes);
        zip.write(chunk, 0, bytes);
      }
    }
  }
}
