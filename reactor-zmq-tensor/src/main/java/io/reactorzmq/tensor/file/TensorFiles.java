package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Tensors in files of any format that is known here, told by how a file's name ends: {@code .npy},
 * {@code .npz} or {@code .safetensors}, in small or large letters.
 */
public final class TensorFiles {

  private enum Format {
    NPY,
    NPZ,
    SAFETENSORS;

    private String suffix() {
      return "." + name().toLowerCase(Locale.ROOT);
    }
  }

  private TensorFiles() {}

  /**
   * Reads a file as {@link NpyFile}, {@link NpzFile} or {@link SafetensorsFile} does.
   *
   * @param file the file
   * @return its tensors, the caller's to release; the one of a {@code .npy} file has the name of
   *     the file without {@code .npy}
   * @throws TensorFileException if the file is malformed or its name ends otherwise
   * @throws IOException if it cannot be read or mapped
   */
  public static NamedTensors read(Path file) throws IOException {
    return switch (format(file)) {
      case NPY -> named(file);
      case NPZ -> NpzFile.read(file);
      case SAFETENSORS -> SafetensorsFile.read(file);
    };
  }

  private static NamedTensors named(Path file) throws IOException {
    String full = String.valueOf(file.getFileName());
    String name = full.substring(0, full.length() - Format.NPY.suffix().length());
    Names.require(name, new Place(file));
    return NamedTensors.of(Map.of(name, NpyFile.read(file)));
  }

  /**
   * Writes a file as {@link NpyFile}, {@link NpzFile} or {@link SafetensorsFile} does.
   *
   * @param file in a directory that exists
   * @param tensors stay the caller's; for a {@code .npy} file it is one, whose name is not written
   * @throws TensorFileException if the format cannot hold them or the name of the file ends
   *     otherwise
   * @throws IOException if it cannot be written
   */
  public static void write(Path file, NamedTensors tensors) throws IOException {
    switch (format(file)) {
      case NPY -> NpyFile.write(file, only(file, tensors));
      case NPZ -> NpzFile.write(file, tensors);
      case SAFETENSORS -> SafetensorsFile.write(file, tensors);
    }
  }

  private static Tensor only(Path file, NamedTensors tensors) throws TensorFileException {
    if (tensors.size() != 1 || !tensors.metadata().isEmpty()) {
      throw new Place(file)
          .fault(
              "a .npy file holds one tensor and no metadata, not %d and %d texts: write it as .safetensors"
                  .formatted(tensors.size(), tensors.metadata().size()));
    }
    return tensors.asMap().values().iterator().next();
  }

  private static Format format(Path file) throws TensorFileException {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    for (Format each : Format.values()) {
      if (name.endsWith(each.suffix())) {
        return each;
      }
    }
    throw new Place(file).fault("its name ends with none of .npy, .npz and .safetensors");
  }
}
