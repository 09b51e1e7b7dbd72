package io.reactorzmq.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes the Java blocks out of documents, and the tagged regions out of sources. */
final class Documents {

  /** A block of a document: the tag it names in a comment above, and its text. */
  record Block(String tag, String text) {}

  private static final Pattern JAVA =
      Pattern.compile("(?:<!-- tag::([a-z-]+) -->\\n)?```java\\n(.*?)```\\n", Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile(
          "^ *// tag::([a-z-]+)\\[]\\n(.*?)\\n^ *// end::\\1\\[]$",
          Pattern.DOTALL | Pattern.MULTILINE);

  private Documents() {}

  static String read(String path) {
    try {
      return Files.readString(Path.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A block without a comment above has the empty tag. */
  static List<Block> javaBlocks(String document) {
    List<Block> blocks = new ArrayList<>();
    for (Matcher block = JAVA.matcher(document); block.find(); ) {
      blocks.add(new Block(block.group(1) == null ? "" : block.group(1), block.group(2)));
    }
    return blocks;
  }

  /** The regions by tag; several of one tag are joined by an empty line. */
  static Map<String, String> regions(String source) {
    Map<String, String> regions = new LinkedHashMap<>();
    for (Matcher region = REGION.matcher(source); region.find(); ) {
      String text = region.group(2).stripIndent().strip() + "\n";
      regions.merge(region.group(1), text, (before, more) -> before + "\n" + more);
    }
    return regions;
  }
}
