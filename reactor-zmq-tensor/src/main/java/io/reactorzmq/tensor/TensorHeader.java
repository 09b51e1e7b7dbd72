package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

// Past 300 lines because what is written and what is read of one layout stand together.

/**
 * The first part of a message of tensors: types, shapes and names, little-endian, as
 * docs/tensors.md lays it out. Reading checks every field and that the parts behind it are as long
 * as they must be.
 *
 * @param isSet whether the tensors have names
 * @param entries the tensors, in order
 * @param metadata texts about a set
 */
record TensorHeader(boolean isSet, List<Entry> entries, Map<String, String> metadata) {

  /**
   * One tensor and how many parts its data takes.
   *
   * @param info what it is
   * @param segments parts, 0 if it is empty
   */
  record Entry(TensorInfo info, int segments) {}

  /** A longer header is refused: it is read as a whole. */
  static final int MAX_BYTES = 16 * 1024 * 1024;

  /** "RZTN", read as a little-endian number. */
  private static final int MAGIC = 0x4E545A52;

  private static final int VERSION = 1;
  private static final int ONE = 0;
  private static final int SET = 1;
  private static final int PREAMBLE_BYTES = 16;
  private static final int ENTRY_BYTES = 8;
  private static final int METADATA_BYTES = 8;
  private static final int ALIGNMENT = 8;

  // ---- writing

  /** The header of a single tensor. */
  static ByteBuf of(Tensor tensor, int segments) {
    ByteBuffer out = buffer(PREAMBLE_BYTES + ENTRY_BYTES + 8L * tensor.shape().rank());
    preamble(out, ONE, 1, 0);
    entry(out, tensor, new byte[0], segments);
    return Unpooled.wrappedBuffer(out.array());
  }

  /** The header of a set. */
  static ByteBuf of(NamedTensors set) {
    List<byte[]> names = utf8(set.names());
    List<byte[]> keys = utf8(set.metadata().keySet());
    List<byte[]> values = utf8(set.metadata().values());
    long bytes = PREAMBLE_BYTES;
    int i = 0;
    for (Tensor each : set.asMap().values()) {
      bytes += ENTRY_BYTES + 8L * each.shape().rank() + padded(names.get(i++).length);
    }
    for (int m = 0; m < keys.size(); m++) {
      bytes += METADATA_BYTES + padded((long) keys.get(m).length + values.get(m).length);
    }
    ByteBuffer out = buffer(bytes);
    preamble(out, SET, names.size(), keys.size());
    i = 0;
    for (Tensor each : set.asMap().values()) {
      entry(out, each, names.get(i++), each.segmentCount());
    }
    for (int m = 0; m < keys.size(); m++) {
      out.putShort((short) keys.get(m).length).putShort((short) 0).putInt(values.get(m).length);
      out.put(keys.get(m)).put(values.get(m));
      pad(out);
    }
    return Unpooled.wrappedBuffer(out.array());
  }

  private static ByteBuffer buffer(long bytes) {
    if (bytes > MAX_BYTES) {
      throw new CodecException(
          "the names, shapes and metadata of the tensors take %d bytes, at most %d are allowed"
              .formatted(bytes, MAX_BYTES));
    }
    return ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void preamble(ByteBuffer out, int kind, int tensors, int metadata) {
    out.putInt(MAGIC).put((byte) VERSION).put((byte) kind).putShort((short) 0);
    out.putInt(tensors).putInt(metadata);
  }

  private static void entry(ByteBuffer out, Tensor tensor, byte[] name, int segments) {
    Shape shape = tensor.shape();
    out.put((byte) tensor.dtype().code()).put((byte) shape.rank());
    out.putShort((short) name.length).putInt(segments);
    for (int axis = 0; axis < shape.rank(); axis++) {
      out.putLong(shape.dim(axis));
    }
    out.put(name);
    pad(out);
  }

  private static void pad(ByteBuffer out) {
    while (out.position() % ALIGNMENT != 0) {
      out.put((byte) 0);
    }
  }

  private static long padded(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static List<byte[]> utf8(Collection<String> texts) {
    return texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  // ---- reading

  /** Refuses the messages of another codec. */
  void require(boolean set) {
    if (isSet != set) {
      throw new CodecException(
          isSet
              ? "the message is a set of named tensors; TensorCodec.named() reads it"
              : "the message is a tensor without a name; TensorCodec.tensors() reads it");
    }
  }

  /**
   * Reads and checks a header.
   *
   * @param in the whole first part, borrowed
   * @param sizes bytes of every part of the message
   * @throws CodecException if anything is not as it must be
   */
  static TensorHeader read(ByteBuf in, int[] sizes) {
    try {
      return new Reader(in, sizes).read();
    } catch (IndexOutOfBoundsException e) {
      throw new CodecException(
          "the header of a message of tensors ends too early, after %d bytes"
              .formatted(in.readableBytes()),
          e);
    }
  }

  /** As above, of the parts of a message. */
  static TensorHeader read(Message message) {
    int[] sizes = new int[message.partCount()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = message.partSize(i);
    }
    return read(message.part(0), sizes);
  }

  /** Where the reading is. */
  private static final class Reader {

    private final ByteBuf in;
    private final int start;
    private final int end;
    private final int[] sizes;
    private int at;
    private int part = 1;

    Reader(ByteBuf in, int[] sizes) {
      this.in = in;
      this.start = in.readerIndex();
      this.end = in.writerIndex();
      this.sizes = sizes;
      this.at = start;
    }

    TensorHeader read() {
      if (end - start > MAX_BYTES) {
        throw bad("the header has %d bytes, at most %d are allowed", end - start, MAX_BYTES);
      }
      int kind = preamble();
      int tensors = count("tensors", ENTRY_BYTES);
      int texts = count("metadata", METADATA_BYTES);
      if (kind == ONE && (tensors != 1 || texts != 0)) {
        throw bad("a single tensor is one without metadata, not %d with %d", tensors, texts);
      }
      List<Entry> entries = kind == ONE ? List.of(entry(kind)) : entries(tensors);
      Map<String, String> metadata = texts == 0 ? Map.of() : metadata(texts);
      if (at != end) {
        throw bad("the header has %d bytes behind its last field", end - at);
      }
      if (part != sizes.length) {
        throw bad("the tensors take %d parts, the message has %d", part - 1, sizes.length - 1);
      }
      return new TensorHeader(kind == SET, entries, metadata);
    }

    private int preamble() {
      int magic = in.getIntLE(take(4));
      if (magic != MAGIC) {
        throw bad("the message is none of tensors: it begins with 0x%08x", magic);
      }
      int version = in.getUnsignedByte(take(1));
      if (version != VERSION) {
        throw bad("the header is of version %d, known is %d", version, VERSION);
      }
      int kind = in.getUnsignedByte(take(1));
      if (kind != ONE && kind != SET) {
        throw bad("the header is of kind %d, known are %d and %d", kind, ONE, SET);
      }
      requireZero(in.getUnsignedShortLE(take(2)));
      return kind;
    }

    /** So many things of at least this size, which are there. */
    private int count(String what, int leastBytes) {
      long count = in.getUnsignedIntLE(take(4));
      if (count * leastBytes > end - at) {
        throw bad("the header announces %d %s and has %d bytes left", count, what, end - at);
      }
      return (int) count;
    }

    private List<Entry> entries(int count) {
      List<Entry> entries = new ArrayList<>(count);
      Set<String> names = new HashSet<>();
      for (int i = 0; i < count; i++) {
        Entry entry = entry(SET);
        if (!names.add(entry.info().name())) {
          throw bad("two tensors have the name %s", entry.info().name());
        }
        entries.add(entry);
      }
      return entries;
    }

    private Entry entry(int kind) {
      int code = in.getUnsignedByte(take(1));
      DType dtype = DType.ofCode(code);
      if (dtype == null) {
        throw bad("no element type has the code %d", code);
      }
      int rank = in.getUnsignedByte(take(1));
      int nameBytes = in.getUnsignedShortLE(take(2));
      long segments = in.getUnsignedIntLE(take(4));
      if (8L * rank > end - at) {
        throw bad("the shape has %d axes, the header %d bytes left", rank, end - at);
      }
      long[] dims = new long[rank];
      for (int axis = 0; axis < rank; axis++) {
        dims[axis] = in.getLongLE(take(8));
        if (dims[axis] < 0) {
          throw bad(
              "axis %d has 2^63 elements or more: %s", axis, Long.toUnsignedString(dims[axis]));
        }
      }
      String name = "";
      if (kind == SET) {
        name = name("name", nameBytes);
      } else if (nameBytes != 0) {
        throw bad("a single tensor has a name of %d bytes", nameBytes);
      }
      pad();
      TensorInfo info = info(name, dtype, dims);
      take(info, segments);
      return new Entry(info, (int) segments);
    }

    private TensorInfo info(String name, DType dtype, long[] dims) {
      try {
        return new TensorInfo(name, dtype, Shape.owning(dims));
      } catch (IllegalArgumentException e) {
        throw new CodecException("a tensor cannot be as it is announced: " + e.getMessage(), e);
      }
    }

    /** The parts that carry a tensor's data. */
    private void take(TensorInfo info, long segments) {
      if (segments > sizes.length - part) {
        throw bad("the tensor %s takes %d parts, %d are left", info, segments, sizes.length - part);
      }
      long bytes = 0;
      for (long i = 0; i < segments; i++) {
        int size = sizes[part++];
        if (size == 0 || size % info.dtype().itemSize() != 0) {
          throw bad("a part of %d bytes does not hold whole elements of %s", size, info);
        }
        bytes += size;
      }
      if (bytes != info.bytes()) {
        throw bad("the tensor %s has %d bytes, %d come", info, info.bytes(), bytes);
      }
    }

    private Map<String, String> metadata(int count) {
      Map<String, String> metadata = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        int keyBytes = in.getUnsignedShortLE(take(2));
        requireZero(in.getUnsignedShortLE(take(2)));
        long valueBytes = in.getUnsignedIntLE(take(4));
        String key = name("key", keyBytes);
        if (valueBytes > end - at) {
          throw bad("a text has %d bytes, the header %d left", valueBytes, end - at);
        }
        if (metadata.put(key, text((int) valueBytes)) != null) {
          throw bad("two texts have the key %s", key);
        }
        pad();
      }
      return metadata;
    }

    private String name(String what, int bytes) {
      if (bytes == 0 || bytes > NamedTensors.MAX_NAME_BYTES) {
        throw bad(
            "a %s has %d bytes, 1 to %d are allowed", what, bytes, NamedTensors.MAX_NAME_BYTES);
      }
      return text(bytes);
    }

    private String text(int bytes) {
      ByteBuffer encoded = ByteBuffer.allocate(bytes);
      in.getBytes(take(bytes), encoded);
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(encoded.flip()).toString();
      } catch (CharacterCodingException e) {
        throw new CodecException("a text of " + bytes + " bytes in the header is not UTF-8", e);
      }
    }

    private void pad() {
      while ((at - start) % ALIGNMENT != 0) {
        requireZero(in.getByte(take(1)));
      }
    }

    private void requireZero(int reserved) {
      if (reserved != 0) {
        throw bad("bytes that must be 0 are 0x%x", reserved);
      }
    }

    private int take(int bytes) {
      int from = at;
      if (bytes > end - from) {
        throw new IndexOutOfBoundsException();
      }
      at = from + bytes;
      return from;
    }

    private static CodecException bad(String what, Object... values) {
      return new CodecException(what.formatted(values));
    }
  }
}
