package io.reactorzmq.cli.tensor;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Sentences of what the system refuses: its exceptions often name no more than the file. */
final class FileFailures {

  private FileFailures() {}

  static IOException readable(IOException e) {
    if (e instanceof FileSystemException refused && refused.getReason() == null) {
      return new IOException(refused.getFile() + ": " + reason(refused), e);
    }
    return e;
  }

  /** Why, without the file. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "access to it is denied";
    }
    String said = e instanceof FileSystemException refused ? refused.getReason() : e.getMessage();
    return said == null ? "the system refuses it (" + e.getClass().getSimpleName() + ")" : said;
  }
}
