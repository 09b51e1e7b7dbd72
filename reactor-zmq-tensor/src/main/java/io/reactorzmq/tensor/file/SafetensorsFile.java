package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors and texts about them in a {@code .safetensors} file, the format in which weights of
 * models are passed on. It holds every type but C128, for which there is {@link NpzFile}.
 */
public final class SafetensorsFile {

  private SafetensorsFile() {}

  /**
   * Maps a file into memory. Only its header is read now; what is read of the data, the operating
   * system loads then. So opening takes next to no time and memory, whatever the size.
   *
   * <p>The tensors are read-only memory, direct, so they are sent without being copied. A mapping
   * ends when garbage collection finds that nothing refers to it any more; tensors that lie close
   * share one. The file must not become shorter as long as it is mapped: reading what is gone
   * throws {@link InternalError}.
   *
   * @param file with a header of at most 100 MB
   * @return the tensors in the order of the header, one of more than 2 GiB in segments of 1 GiB,
   *     and the metadata; the caller's to release
   * @throws TensorFileException if the file is malformed: its header is no JSON of that kind, has a
   *     key twice, an unknown key or type, a name that {@link NamedTensors} does not take, or
   *     tensors whose data is of another size, overlaps, leaves a hole or does not end with the
   *     file
   * @throws IOException if it cannot be read or mapped
   */
  public static NamedTensors read(Path file) throws IOException {
    try (Source source = Source.open(file)) {
      long headerBytes = headerBytes(source);
      long dataOffset = Long.BYTES + headerBytes;
      SafetensorsHeader header =
          SafetensorsReader.read(
              source.stream(Long.BYTES, headerBytes), source.size() - dataOffset, source.place());
      List<Mappings.Region> regions = new ArrayList<>(header.regions().size());
      for (Mappings.Region each : header.regions().values()) {
        regions.add(new Mappings.Region(each.dtype(), each.shape(), dataOffset + each.offset()));
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      Iterator<Tensor> mapped = Mappings.map(source, regions).iterator();
      header.regions().keySet().forEach(name -> tensors.put(name, mapped.next()));
      return NamedTensors.of(tensors, header.metadata());
    }
  }

  private static long headerBytes(Source source) throws IOException {
    Place place = source.place();
    if (source.size() < Long.BYTES + 2) {
      throw place.fault("has %d bytes, too few for a .safetensors file".formatted(source.size()));
    }
    long bytes =
        ByteBuffer.wrap(source.read(0, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (bytes < 0 || bytes > SafetensorsHeader.MAX_BYTES) {
      throw place.fault(
          "has a header of %s bytes, at most %d are read"
              .formatted(Long.toUnsignedString(bytes), SafetensorsHeader.MAX_BYTES));
    }
    if (bytes > source.size() - Long.BYTES) {
      throw place.fault("has a header of %d bytes, but ends at %d".formatted(bytes, source.size()));
    }
    if (bytes == 0 || source.read(Long.BYTES, 1)[0] != '{') {
      throw place.fault("has a header that does not begin with {, so it is no .safetensors file");
    }
    return bytes;
  }

  /**
   * Writes tensors and metadata. The data of each is aligned to the size of its elements. The file
   * appears under its name when it is complete, in place of one that was there.
   *
   * @param file in a directory that exists
   * @param tensors stay the caller's
   * @throws TensorFileException if one is of C128 or has the name {@code __metadata__}, or the
   *     header would have more than 100 MB
   * @throws IOException if it cannot be written; then nothing has changed
   */
  public static void write(Path file, NamedTensors tensors) throws IOException {
    List<Map.Entry<String, Tensor>> layout = SafetensorsWriter.layout(tensors);
    byte[] header = SafetensorsWriter.header(tensors, layout, new Place(file));
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    length.putLong(0, header.length);
    try (Target target = Target.create(file)) {
      target.write(length);
      target.write(ByteBuffer.wrap(header));
      for (Map.Entry<String, Tensor> each : layout) {
        target.write(each.getValue());
      }
      target.commit();
    }
  }
}
