package io.reactorzmq.tensor.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Which entries a zip file has and where the bytes of each begin, which {@link java.util.zip} does
 * not tell. Strict: entries do not overlap, and what the central directory and an entry's own
 * header both say agrees.
 */
final class ZipIndex {

  static final int STORED = 0;
  static final int DEFLATED = 8;

  /** The central directory is read into memory; 100 MB describe a million tensors. */
  static final int MAX_DIRECTORY_BYTES = 100_000_000;

  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_BYTES = 20;
  private static final int END_64_BYTES = 56;
  private static final int LOCAL_BYTES = 30;
  private static final int CENTRAL_BYTES = 46;
  private static final int ENCRYPTED = 1;
  private static final int MANY = 0xFFFF;
  private static final long LARGE = 0xFFFFFFFFL;

  private final Source source;
  private final Place place;

  private ZipIndex(Source source) {
    this.source = source;
    this.place = source.place();
  }

  /**
   * An entry, all of whose bytes lie within the file.
   *
   * @param name of the entry
   * @param method STORED or DEFLATED
   * @param crc of its content
   * @param compressed bytes in the file
   * @param size of its content, which is {@code compressed} if it is stored
   * @param offset where its bytes begin in the file
   */
  record Entry(String name, int method, long crc, long compressed, long size, long offset) {}

  /** All entries, in the order of the directory. */
  static List<Entry> read(Source source) throws IOException {
    return new ZipIndex(source).entries();
  }

  private record Directory(long count, long offset, long bytes) {}

  private List<Entry> entries() throws IOException {
    Directory directory = directory();
    if (directory.bytes() > MAX_DIRECTORY_BYTES) {
      throw place.fault(
          "has a directory of %d bytes, at most %d are read"
              .formatted(directory.bytes(), MAX_DIRECTORY_BYTES));
    }
    if (directory.count() > directory.bytes() / CENTRAL_BYTES) {
      throw place.fault(
          "has a directory of %d bytes, which cannot name %d entries"
              .formatted(directory.bytes(), directory.count()));
    }
    ByteBuffer bytes = buffer(directory.offset(), (int) directory.bytes());
    Central[] centrals = new Central[(int) directory.count()];
    for (int i = 0; i < centrals.length; i++) {
      centrals[i] = central(bytes);
    }
    if (bytes.hasRemaining()) {
      throw place.fault("has %d bytes behind its directory".formatted(bytes.remaining()));
    }
    List<Entry> entries = new ArrayList<>(centrals.length);
    for (Central each : centrals) {
      entries.add(local(each, directory.offset()));
    }
    requireApart(centrals, entries);
    return entries;
  }

  /** Where the directory is: the file tells at its end. */
  private Directory directory() throws IOException {
    int tail = (int) Math.min(source.size(), END_BYTES + 0xFFFF);
    ByteBuffer bytes = buffer(source.size() - tail, tail);
    for (int at = tail - END_BYTES; at >= 0; at--) {
      // the comment has the rest, else this is only something that looks like the end
      if (bytes.getInt(at) == END && (bytes.getShort(at + 20) & 0xFFFF) == tail - END_BYTES - at) {
        return directory(bytes.position(at).slice(), source.size() - tail + at);
      }
    }
    throw place.fault("has no directory at its end, so it is no zip file, or not all of one");
  }

  private Directory directory(ByteBuffer unordered, long end) throws IOException {
    ByteBuffer bytes = unordered.order(ByteOrder.LITTLE_ENDIAN);
    int disks = bytes.getShort(4) | bytes.getShort(6);
    int onThisDisk = bytes.getShort(8) & 0xFFFF;
    int count = bytes.getShort(10) & 0xFFFF;
    long size = bytes.getInt(12) & LARGE;
    long offset = bytes.getInt(16) & LARGE;
    if (count == MANY || size == LARGE || offset == LARGE) {
      return directory64(end);
    }
    if (disks != 0 || onThisDisk != count) {
      throw place.fault("is one of several parts of a zip file");
    }
    return checked(count, offset, size, end);
  }

  private Directory directory64(long end) throws IOException {
    ByteBuffer locator = buffer(end - LOCATOR_BYTES, LOCATOR_BYTES);
    require(locator.getInt(0) == LOCATOR_64, "no zip64 locator before its end", end);
    long at = locator.getLong(8);
    require(at >= 0 && at <= end - LOCATOR_BYTES - END_64_BYTES, "its zip64 end at", at);
    ByteBuffer bytes = buffer(at, END_64_BYTES);
    require(bytes.getInt(0) == END_64, "no zip64 end at", at);
    if (bytes.getInt(16) != 0 || bytes.getInt(20) != 0 || bytes.getLong(24) != bytes.getLong(32)) {
      throw place.fault("is one of several parts of a zip file");
    }
    return checked(bytes.getLong(32), bytes.getLong(48), bytes.getLong(40), at);
  }

  private Directory checked(long count, long offset, long bytes, long end)
      throws TensorFileException {
    if (count < 0 || offset < 0 || bytes < 0 || bytes > end || offset != end - bytes) {
      throw place.fault(
          "has a directory of %s entries in %s bytes at %s, but it should end at %d"
              .formatted(
                  Long.toUnsignedString(count),
                  Long.toUnsignedString(bytes),
                  Long.toUnsignedString(offset),
                  end));
    }
    return new Directory(count, offset, bytes);
  }

  /** What the directory says of an entry, and where it says that its own header is. */
  private record Central(
      String name, byte[] rawName, int method, long crc, long compressed, long size, long local) {}

  private Central central(ByteBuffer bytes) throws TensorFileException {
    int start = bytes.position();
    require(bytes.remaining() >= CENTRAL_BYTES, "a directory cut off at", start);
    require(bytes.getInt(start) == CENTRAL, "no entry in its directory at", start);
    int nameBytes = bytes.getShort(start + 28) & 0xFFFF;
    int extraBytes = bytes.getShort(start + 30) & 0xFFFF;
    int commentBytes = bytes.getShort(start + 32) & 0xFFFF;
    bytes.position(start + CENTRAL_BYTES);
    require(
        bytes.remaining() >= nameBytes + extraBytes + commentBytes,
        "a directory cut off at",
        start);
    byte[] rawName = new byte[nameBytes];
    bytes.get(rawName);
    String name = name(rawName);
    Place entry = place.in("entry " + Place.quote(name));
    ByteBuffer extra = bytes.slice().limit(extraBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(bytes.position() + extraBytes + commentBytes);

    if ((bytes.getShort(start + 8) & ENCRYPTED) != 0) {
      throw entry.fault("is encrypted");
    }
    int method = bytes.getShort(start + 10) & 0xFFFF;
    if (method != STORED && method != DEFLATED) {
      throw entry.fault(
          "is compressed by method %d, known are 0 (stored) and 8 (deflated)".formatted(method));
    }
    long[] sizes = { // in the order that zip64 has them
      bytes.getInt(start + 24) & LARGE,
      bytes.getInt(start + 20) & LARGE,
      bytes.getInt(start + 42) & LARGE
    };
    readLarge(sizes, extra, entry);
    long crc = bytes.getInt(start + 16) & LARGE;
    if (method == STORED && sizes[0] != sizes[1]) {
      throw entry.fault("is stored in %d bytes but has a size of %d".formatted(sizes[1], sizes[0]));
    }
    return new Central(name, rawName, method, crc, sizes[1], sizes[0], sizes[2]);
  }

  /** What does not fit 32 bits stands in an extra field. */
  private static void readLarge(long[] sizes, ByteBuffer extra, Place entry)
      throws TensorFileException {
    ByteBuffer large = ByteBuffer.allocate(0);
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xFFFF;
      int length = extra.getShort() & 0xFFFF;
      if (length > extra.remaining()) {
        throw entry.fault("has an extra field of %d bytes that is cut off".formatted(length));
      }
      if (id == 1) {
        large = extra.slice().limit(length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(extra.position() + length);
    }
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == LARGE) {
        long value = large.remaining() < Long.BYTES ? -1 : large.getLong();
        if (value < 0) {
          throw entry.fault("has no valid size or offset of 64 bits, though it says so");
        }
        sizes[i] = value;
      }
    }
  }

  private Entry local(Central central, long limit) throws IOException {
    Place entry = place.in("entry " + Place.quote(central.name()));
    int headerBytes = LOCAL_BYTES + central.rawName().length;
    if (central.local() > limit - headerBytes) {
      throw entry.fault("begins at %d, but the directory at %d".formatted(central.local(), limit));
    }
    ByteBuffer header = buffer(central.local(), headerBytes);
    boolean same =
        header.getInt(0) == LOCAL
            && (header.getShort(6) & ENCRYPTED) == 0
            && (header.getShort(8) & 0xFFFF) == central.method()
            && (header.getShort(26) & 0xFFFF) == central.rawName().length
            && Arrays.equals(
                header.array(),
                LOCAL_BYTES,
                headerBytes,
                central.rawName(),
                0,
                central.rawName().length);
    if (!same) {
      throw entry.fault("has at %d another header than the directory".formatted(central.local()));
    }
    long offset = central.local() + headerBytes + (header.getShort(28) & 0xFFFF);
    if (offset > limit || central.compressed() > limit - offset) {
      throw entry.fault(
          "has %d bytes at %d, but the directory begins at %d"
              .formatted(central.compressed(), offset, limit));
    }
    return new Entry(
        central.name(),
        central.method(),
        central.crc(),
        central.compressed(),
        central.size(),
        offset);
  }

  /** Entries that share bytes could make a small file a large one in memory. */
  private void requireApart(Central[] centrals, List<Entry> entries) throws TensorFileException {
    Integer[] order = new Integer[centrals.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(i -> centrals[i].local()));
    for (int i = 1; i < order.length; i++) {
      Entry before = entries.get(order[i - 1]);
      if (centrals[order[i]].local() < before.offset() + before.compressed()) {
        throw place.fault(
            "has the entries %s and %s at the same place"
                .formatted(Place.quote(before.name()), Place.quote(entries.get(order[i]).name())));
      }
    }
  }

  private String name(byte[] raw) throws TensorFileException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException e) {
      throw place.fault("has an entry whose name is no UTF-8");
    }
  }

  private void require(boolean condition, String what, long where) throws TensorFileException {
    if (!condition) {
      throw place.fault("has " + what + " " + where);
    }
  }

  private ByteBuffer buffer(long position, int bytes) throws IOException {
    return ByteBuffer.wrap(source.read(position, bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
