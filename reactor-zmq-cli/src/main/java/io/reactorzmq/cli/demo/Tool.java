package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Starts processes of this tool, as a shell would, and ends those that are left. They run on the
 * Java machine and with the options of this process.
 */
final class Tool implements AutoCloseable {

  /** Short-lived processes that share few processors: quick to start, and no more than it takes. */
  private static final List<String> MODEST = List.of("-XX:TieredStopAtLevel=1", "-Xmx128m");

  private final List<String> command = new ArrayList<>();
  private final Set<Child> children = ConcurrentHashMap.newKeySet();
  private final Thread hook = new Thread(this::endAll);

  Tool(Class<?> main) {
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(MODEST);
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-javaagent"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Runtime.getRuntime().addShutdownHook(hook);
  }

  Child start(String... arguments) throws IOException {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of(arguments));
    line.addAll(List.of("--parent", Long.toString(ProcessHandle.current().pid())));
    Child child = new Child(String.join(" ", arguments), new ProcessBuilder(line).start());
    children.add(child);
    return child;
  }

  /** What is to be said of the processes that did not end well. */
  List<String> failures() {
    return children.stream().filter(Child::hasFailed).map(Child::complaint).toList();
  }

  private void endAll() {
    children.forEach(Child::close);
  }

  @Override
  public void close() {
    endAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the hook is running
    }
  }
}
