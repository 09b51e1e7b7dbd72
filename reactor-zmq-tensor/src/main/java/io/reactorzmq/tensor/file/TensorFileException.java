package io.reactorzmq.tensor.file;

import java.io.IOException;

/**
 * A file is not what its format demands, or a format cannot hold what is to be written. The message
 * names the file, the value at fault and the limit; what the operating system refuses is another
 * {@link IOException}.
 */
public final class TensorFileException extends IOException {

  private static final long serialVersionUID = 1L;

  TensorFileException(String message) {
    super(message);
  }
}
