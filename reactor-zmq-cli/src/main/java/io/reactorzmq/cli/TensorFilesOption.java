package io.reactorzmq.cli;

import io.reactorzmq.cli.tensor.TensorInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option of the sockets that can send files of tensors in place of the lines of stdin. */
final class TensorFilesOption {

  static final String NAME = "--tensor";
  static final String UNNAMED = "--unnamed";

  @Option(
      names = NAME,
      paramLabel = "FILE",
      description = {
        "Send the tensors of this .npy, .npz or .safetensors file as one message, in place of lines;"
            + " stdin is not read. May be given several times: one message each, in order. A"
            + " message is a set of tensors under their names, that of a .npy file has the name of"
            + " the file. A file must not change while it is sent."
      })
  private final List<Path> files = new ArrayList<>();

  @Option(
      names = UNNAMED,
      description =
          "Send the only tensor of each file without its name, for programs whose codec is"
              + " TensorCodec.tensors().")
  private boolean unnamed;

  boolean isGiven() {
    return !files.isEmpty();
  }

  boolean isUnnamed() {
    return unnamed;
  }

  /** They are there, which is all that can be told without opening them. */
  void requireFiles(SocketOptions options) {
    for (Path file : files) {
      if (!Files.exists(file)) {
        throw options.bad(NAME + ": there is no file " + file);
      }
      if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        throw options.bad(NAME + ": " + file + " is not a file that can be read");
      }
    }
  }

  /** Opens the files. */
  TensorInput open(Session session, SendOptions options) throws IOException {
    return new TensorInput(files, !unnamed, options.interval(), session.stopped());
  }
}
