package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The sources this tool was built from. They are at hand because it runs from its build directory.
 */
public final class Sources {

  private static final List<String> ENDINGS = List.of(".java", ".md", "pom.xml");

  private Sources() {}

  /**
   * Finds the sources.
   *
   * @return files in a fixed order; none if the tool was moved away from them
   * @throws IOException if they cannot be listed
   */
  public static List<Path> find() throws IOException {
    for (Path dir = home(); dir != null; dir = dir.getParent()) {
      if (Files.isDirectory(dir.resolve("reactor-zmq-core/src"))) {
        return list(dir);
      }
    }
    return List.of();
  }

  private static Path home() {
    try {
      return Path.of(Sources.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> list(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> isSource(root.relativize(file))).sorted().toList();
    }
  }

  private static boolean isSource(Path file) {
    String path = "/" + file.toString().replace('\\', '/');
    return ENDINGS.stream().anyMatch(path::endsWith)
        && !path.contains("/target/")
        && !path.contains("/.");
  }
}
