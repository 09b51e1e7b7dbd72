import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Finds the JDK that compiles and tests this module: {@code java FindJdk.java REQUESTED PLACES}.
 * Prints it as properties: rdma.jdk.home and what depends on it, nothing if there is none, or
 * rdma.jdk.wrong if the requested one does not do.
 *
 * <p>REQUESTED is the home of a JDK, or empty. PLACES are globs of further homes, separated by the
 * path separator; without them it looks where JDKs usually are.
 */
final class FindJdk {

  private static final int OLDEST = 22;

  /** The feature releases from which on {@code java} knows the flag. */
  private static final int UNSAFE_FLAG = 23;

  private record Jdk(Path home, int feature) {}

  public static void main(String[] arguments) {
    String requested = arguments.length > 0 ? arguments[0].trim() : "";
    String places = arguments.length > 1 ? arguments[1].trim() : "";
    Optional<Jdk> found;
    if (!requested.isEmpty()) {
      found = jdk(Path.of(requested));
      if (found.isEmpty()) {
        System.out.println(
            "rdma.jdk.wrong="
                + slashes(requested)
                + ", given as rdma.jdk, is not the home of a JDK "
                + OLDEST
                + " or later");
      }
    } else if (!places.isEmpty()) {
      found = best(expand(List.of(places.split(File.pathSeparator))));
    } else {
      found = usual();
    }
    found.ifPresent(FindJdk::print);
  }

  private static void print(Jdk jdk) {
    String flags = "--enable-native-access=ALL-UNNAMED";
    if (jdk.feature() >= UNSAFE_FLAG) {
      flags += " --sun-misc-unsafe-memory-access=allow";
    }
    System.out.println("rdma.jdk.home=" + slashes(jdk.home().toString()));
    System.out.println("rdma.jdk.feature=" + jdk.feature());
    System.out.println("rdma.jdk.flags=" + flags);
  }

  /** A backslash escapes in a properties file. */
  private static String slashes(String path) {
    return path.replace('\\', '/');
  }

  /** The JDK that runs, else that of the environment, else the best of those installed. */
  private static Optional<Jdk> usual() {
    Optional<Jdk> running = jdk(Path.of(System.getProperty("java.home")));
    if (running.isPresent()) {
      return running;
    }
    String environment = System.getenv("JAVA_HOME");
    if (environment != null && !environment.isBlank()) {
      Optional<Jdk> named = jdk(Path.of(environment));
      if (named.isPresent()) {
        return named;
      }
    }
    String user = System.getProperty("user.home");
    List<Path> homes = new ArrayList<>(toolchains(Path.of(user, ".m2", "toolchains.xml")));
    homes.addAll(
        expand(
            List.of(
                "/usr/lib/jvm/*",
                "/usr/java/*",
                "/opt/java/*",
                user + "/.sdkman/candidates/java/*",
                user + "/.jdks/*",
                "/Library/Java/JavaVirtualMachines/*/Contents/Home",
                user + "/Library/Java/JavaVirtualMachines/*/Contents/Home")));
    return best(homes);
  }

  /** A long-term release before others, then the newest, then the first by name. */
  private static Optional<Jdk> best(List<Path> homes) {
    return homes.stream()
        .map(FindJdk::jdk)
        .flatMap(Optional::stream)
        .min(
            Comparator.comparing((Jdk jdk) -> !isLongTerm(jdk.feature()))
                .thenComparing(jdk -> -jdk.feature()));
  }

  private static boolean isLongTerm(int feature) {
    return feature >= 21 && (feature - 21) % 4 == 0;
  }

  /** The JDK at a home, if it is new enough and has a compiler; nothing is started to find out. */
  private static Optional<Jdk> jdk(Path home) {
    boolean complete =
        Stream.of("java", "javac")
            .map(name -> home.resolve("bin").resolve(name))
            .allMatch(
                path ->
                    Files.isExecutable(path) || Files.exists(Path.of(path.toString() + ".exe")));
    int feature = complete ? feature(home.resolve("release")) : 0;
    return feature >= OLDEST ? Optional.of(new Jdk(home, feature)) : Optional.empty();
  }

  private static int feature(Path release) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(release)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      return 0;
    }
    String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "").trim();
    String digits = version.replaceFirst("\\D.*", "");
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  private static List<Path> expand(List<String> globs) {
    List<Path> paths = new ArrayList<>();
    for (String glob : globs) {
      int star = glob.indexOf('*');
      if (star < 0) {
        paths.add(Path.of(glob));
        continue;
      }
      String rest = glob.substring(star + 1).replaceFirst("^/", "");
      try (Stream<Path> folders = Files.list(Path.of(glob.substring(0, star)))) {
        folders.sorted().map(folder -> folder.resolve(rest)).forEach(paths::add);
      } catch (IOException e) {
        // there is no such folder, or it is not for us to read
      }
    }
    return distinct(paths);
  }

  /** Without the further names that links give to one home. */
  private static List<Path> distinct(List<Path> paths) {
    Set<Path> seen = new LinkedHashSet<>();
    List<Path> distinct = new ArrayList<>();
    for (Path path : paths) {
      try {
        if (seen.add(path.toRealPath())) {
          distinct.add(path);
        }
      } catch (IOException e) {
        // a link to nothing
      }
    }
    return distinct;
  }

  private static List<Path> toolchains(Path file) {
    if (!Files.isReadable(file)) {
      return List.of();
    }
    List<Path> homes = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      NodeList elements =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(in)
              .getElementsByTagName("jdkHome");
      for (int i = 0; i < elements.getLength(); i++) {
        homes.add(Path.of(elements.item(i).getTextContent().trim()));
      }
    } catch (IOException | ParserConfigurationException | SAXException e) {
      System.err.println("cannot read " + file + ": " + e.getMessage());
    }
    return homes;
  }

  private FindJdk() {}
}
