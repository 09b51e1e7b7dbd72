package io.reactorzmq.cli;

import io.reactorzmq.cli.demo.Demo;
import io.reactorzmq.cli.demo.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code zmq demo}: the patterns at work between processes. Succeeds if nothing got lost or
 * changed.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Runs each pattern between processes of this tool over TCP, on the lines of real files and on"
          + " tensors made of them, and compares what arrives with what was sent.",
      "",
      "Exits with 0 if all of it arrived unchanged, otherwise with 1."
    })
final class DemoCommand implements Callable<Integer> {

  private final Shell shell;

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec command;

  @Parameters(
      paramLabel = "FILE",
      description = "Whose lines to send; the sources of reactor-zmq if none is given.")
  private List<Path> files = new ArrayList<>();

  DemoCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    for (Path file : files) {
      if (!Files.exists(file)) {
        throw bad("there is no file " + file);
      }
      if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        throw bad(file + " is not a file that can be read");
      }
    }
    List<Path> chosen = files.isEmpty() ? Sources.find() : files;
    if (chosen.isEmpty()) {
      throw bad("the sources of reactor-zmq are not where they were; name a FILE");
    }
    boolean same = new Demo(Main.class, shell.writer()).run(chosen);
    return same ? ExitCode.OK : ExitCode.FAILED;
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(command.commandLine(), sentence);
  }
}
