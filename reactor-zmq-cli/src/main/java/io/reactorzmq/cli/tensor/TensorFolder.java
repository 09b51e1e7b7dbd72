package io.reactorzmq.cli.tensor;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.file.TensorFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/**
 * Saves messages as files of a directory. The number of a message and a safe form of its names make
 * the name of its file, and a file that is there is never touched.
 */
public final class TensorFolder {

  /** What NumPy has no type for. */
  private static final Set<DType> NOT_IN_NPY = Set.of(DType.BF16, DType.F8_E4M3, DType.F8_E5M2);

  private static final String METADATA = "__metadata__";

  private final Path dir;

  /**
   * Opens a directory, and makes it if it is not there.
   *
   * @param dir where to
   * @throws IOException with a sentence, if it is none or cannot be written to
   */
  public TensorFolder(Path dir) throws IOException {
    this.dir = dir;
    try {
      if (!Files.isDirectory(dir)) {
        Files.createDirectories(dir);
      }
    } catch (FileAlreadyExistsException e) {
      throw new IOException(dir + ": is no directory", e);
    } catch (IOException e) {
      throw FileFailures.readable(e);
    }
    if (!Files.isWritable(dir)) {
      throw new IOException(dir + ": no file can be made in this directory");
    }
  }

  /**
   * Saves a message. A single tensor becomes a {@code .npy} file if that has its type, every other
   * message a {@code .safetensors} file, or a {@code .npz} file if there is something in it that
   * those do not have.
   *
   * @param number of the message
   * @param topic it was published under, empty if it has none
   * @param message stays the caller's
   * @return the file
   * @throws IOException with a sentence, if it cannot be written; then there is no file
   */
  public Path save(long number, String topic, TensorMessage message) throws IOException {
    NamedTensors tensors = message.tensors();
    String ending = ending(tensors);
    Path temporary = dir.resolve(".zmq-" + UUID.randomUUID() + ending);
    try {
      TensorFiles.write(temporary, tensors);
      return giveName(temporary, "%06d".formatted(number) + names(topic, tensors), ending);
    } catch (IOException e) {
      throw FileFailures.readable(e);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static String ending(NamedTensors set) {
    Collection<Tensor> tensors = set.asMap().values();
    if (tensors.size() == 1 && set.metadata().isEmpty()) {
      return NOT_IN_NPY.contains(tensors.iterator().next().dtype()) ? ".safetensors" : ".npy";
    }
    boolean notInSafetensors =
        set.names().contains(METADATA)
            || tensors.stream().anyMatch(each -> each.dtype() == DType.C128);
    return notInSafetensors ? ".npz" : ".safetensors";
  }

  private static String names(String topic, NamedTensors set) {
    String ofTopic = SafeName.of(topic);
    String ofTensor = set.size() == 1 ? SafeName.of(set.names().iterator().next()) : "";
    return (ofTopic.isEmpty() ? "" : "-" + ofTopic)
        + (ofTensor.isEmpty() || ofTensor.equals(ofTopic) ? "" : "-" + ofTensor);
  }

  /** The first name that no file has, taken so that nobody else can have it too. */
  private Path giveName(Path temporary, String name, String ending) throws IOException {
    for (int copy = 1; ; copy++) {
      Path file = dir.resolve(name + (copy == 1 ? "" : "-" + copy) + ending);
      try {
        link(temporary, file);
        return file;
      } catch (FileAlreadyExistsException e) {
        // the next one then
      }
    }
  }

  private static void link(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(file, temporary); // unlike a move it never replaces anything
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.move(temporary, file); // where there are no links
    }
  }
}
