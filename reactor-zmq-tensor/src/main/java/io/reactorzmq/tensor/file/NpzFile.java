package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors in a {@code .npz} file, as {@code numpy.savez} and {@code numpy.savez_compressed} write
 * it: a zip file of {@code .npy} files, each named after its tensor. What {@link NpyFile} says of
 * types holds for each.
 */
public final class NpzFile {

  static final String SUFFIX = ".npy";

  private NpzFile() {}

  /**
   * Maps the entries of a file into memory, as {@link NpyFile#read(Path)} does; the checksums of
   * what is mapped are not looked at. Entries that are compressed are inflated now, into direct
   * memory that the release frees.
   *
   * @param file with entries that are stored or deflated, also of more than 4 GiB
   * @return the tensors under their names, in the order of the file, the caller's to release
   * @throws TensorFileException if the file or any of its entries is malformed, is no {@code .npy}
   *     file or has a name that {@link NamedTensors} does not take
   * @throws IOException if it cannot be read or mapped, or there is no memory for what is inflated
   */
  public static NamedTensors read(Path file) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Source source = Source.open(file)) {
      Map<String, ZipIndex.Entry> entries = named(ZipIndex.read(source), source.place());
      List<NpyHeader> headers = new ArrayList<>();
      List<Mappings.Region> regions = new ArrayList<>();
      for (ZipIndex.Entry each : entries.values()) {
        if (each.method() == ZipIndex.STORED) {
          NpyHeader header =
              NpyFile.header(source, each.offset(), each.size(), place(source, each));
          headers.add(header);
          regions.add(header.region(each.offset()));
        }
      }
      Iterator<Tensor> mapped = Mappings.map(source, regions).iterator();
      Iterator<NpyHeader> header = headers.iterator();
      for (Map.Entry<String, ZipIndex.Entry> each : entries.entrySet()) {
        ZipIndex.Entry entry = each.getValue();
        Place place = place(source, entry);
        tensors.put(
            each.getKey(),
            entry.method() == ZipIndex.STORED
                ? RowMajor.of(header.next(), mapped.next(), place)
                : Inflated.read(source, entry, place));
      }
      return NamedTensors.of(tensors);
    } catch (Throwable e) {
      tensors.values().forEach(Tensor::release);
      throw e;
    }
  }

  private static Map<String, ZipIndex.Entry> named(List<ZipIndex.Entry> entries, Place place)
      throws TensorFileException {
    Map<String, ZipIndex.Entry> named = new LinkedHashMap<>();
    for (ZipIndex.Entry each : entries) {
      String file = each.name();
      if (!file.endsWith(SUFFIX)) {
        throw place.fault("has the entry %s, which is no .npy file".formatted(Place.quote(file)));
      }
      String name = Names.require(file.substring(0, file.length() - SUFFIX.length()), place);
      if (named.put(name, each) != null) {
        throw place.fault("has the entry %s twice".formatted(Place.quote(file)));
      }
    }
    return named;
  }

  private static Place place(Source source, ZipIndex.Entry entry) {
    return source.place().in("entry " + Place.quote(entry.name()));
  }

  /**
   * Writes tensors, each row-major and little-endian, not compressed, and aligned to 64 bytes in
   * the file. Equal sets in equal order make equal files. The file appears under its name when it
   * is complete, in place of one that was there.
   *
   * @param file in a directory that exists
   * @param tensors stay the caller's
   * @throws TensorFileException if the type of one is BF16, F8_E4M3 or F8_E5M2, or the set has
   *     metadata, for which there is no place
   * @throws IOException if it cannot be written; then nothing has changed
   */
  public static void write(Path file, NamedTensors tensors) throws IOException {
    Place place = new Place(file);
    if (!tensors.metadata().isEmpty()) {
      throw place.fault(
          "a .npz file has no place for metadata: write it as .safetensors, or a set without");
    }
    try (Target target = Target.create(file)) {
      NpzWriter.write(target, tensors, place);
      target.commit();
    }
  }
}
