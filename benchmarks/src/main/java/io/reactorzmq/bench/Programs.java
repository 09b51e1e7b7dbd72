package io.reactorzmq.bench;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How a contender's processes are started: by this program again, or by one in C. */
final class Programs {

  private static final List<String> WITHOUT_NAME = List.of("publish-topics", "subscribe-topics");

  private Programs() {}

  /** Why a contender cannot do what a row wants; empty if it can. */
  static String missing(Row row, String name) {
    String contender = Carrier.bare(name).replace(Row.ONE, "");
    if (isJava(row, name)) {
      try {
        Carrier.of(name).require();
        return "";
      } catch (IllegalArgumentException e) {
        return String.valueOf(e.getMessage());
      }
    }
    String role = Launch.of(row, name, new Interval(1, 1)).dialling().get(0).get(0);
    return NativePrograms.knows(contender, role)
        ? NativePrograms.missing(contender)
        : "there is none for this";
  }

  /** Whether a contender is a program in Java, not in C. */
  static boolean isJava(Row row, String name) {
    return java(row.shape()).containsKey(Carrier.bare(name).replace(Row.ONE, ""));
  }

  private static Map<String, ?> java(Shape shape) {
    return switch (shape) {
      case PUSH, FAN_OUT -> Contender.ALL;
      case REQUESTS, LATENCY -> RequestContender.ALL;
      case PUBSUB -> PublishContender.ALL;
      case TRANSFER -> TransferContender.ALL;
      case INPROC_PUSH, INPROC_REQUEST -> InprocContender.ALL;
      case TOPICS -> Map.of("zmq", Topics.class);
    };
  }

  /**
   * Starts a process.
   *
   * @param row for its JVM options
   * @param name of the contender, with its carrier
   * @param arguments role and its arguments, without the contender's name
   */
  static ChildProcess start(Row row, String name, List<String> arguments) throws IOException {
    String contender = Carrier.bare(name).replace(Row.ONE, "");
    String role = arguments.get(0);
    if (!isJava(row, name)) {
      List<String> command = new ArrayList<>(NativePrograms.command(contender));
      command.addAll(arguments);
      return new ChildProcess(name + " " + role, false, command);
    }
    List<String> command = javaCommand(row.jvm(), Carrier.of(name));
    command.add(role);
    if (!WITHOUT_NAME.contains(role)) {
      command.add(contender);
    }
    command.addAll(arguments.subList(1, arguments.size()));
    return new ChildProcess(name + " " + role, true, command);
  }

  /** This program in a process of its own, up to its arguments. */
  static List<String> javaCommand(List<String> jvm, Carrier carrier) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.addAll(carrier.jvm());
    command.add("-jar");
    command.add(jar().toString());
    return command;
  }

  /** What this program runs from. */
  static Path jar() {
    try {
      return Path.of(Programs.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
