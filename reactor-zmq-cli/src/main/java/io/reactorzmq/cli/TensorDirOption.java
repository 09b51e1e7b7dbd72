package io.reactorzmq.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of the sockets that can save tensors as files instead of printing messages. */
final class TensorDirOption {

  static final String NAME = "--tensor-dir";

  @Option(
      names = NAME,
      paramLabel = "DIR",
      description = {
        "Save each message, which must be one of tensors, as a file in this directory and print the"
            + " file's name: a single tensor as .npy, a set as .safetensors, what these do not have"
            + " as the other one or as .npz. The number of the message, its topic and the tensor's"
            + " name make the file's name, which has only letters, digits and . _ - in it; a file"
            + " that is there is never touched. While a message arrives it takes room in the"
            + " directory, and twice as much while it is saved, but no memory."
      })
  private @Nullable Path dir;

  boolean isGiven() {
    return dir != null;
  }

  /** Opens the directory. */
  Saving open(Session session) throws IOException {
    return new Saving(session, Objects.requireNonNull(dir));
  }
}
