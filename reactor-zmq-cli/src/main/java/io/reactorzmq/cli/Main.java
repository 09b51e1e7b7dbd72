package io.reactorzmq.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code zmq}. Each subcommand is one socket between stdin and stdout; see {@code zmq
 * --help}.
 */
@Command(
    name = "zmq",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "(push | pull | pair | req | rep | pub | sub | demo)",
    description =
        "ZeroMQ's patterns from a shell. A line of stdin is a message, so is one of stdout, and so is a"
            + " file of tensors.",
    footerHeading = "%nTry it in two shells:%n",
    footer = {
      "  ./zmq pull --bind tcp://127.0.0.1:5557",
      "  seq 1 1000000 | ./zmq push --connect tcp://127.0.0.1:5557",
      "",
      "How fast it is here, beside libzmq and others: ./zmq bench --help",
      "Options for the Java machine: ZMQ_JAVA_OPTS='-Xmx64m' ./zmq ...",
      "Each command has a --help of its own."
    })
public final class Main implements Runnable {

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  private Main() {}

  /**
   * Runs the command and exits with its code.
   *
   * @param args as typed
   */
  public static void main(String[] args) {
    try {
      System.exit(run(Shell.ofProcess(), args));
    } catch (OutOfMemoryError e) {
      System.err.println("zmq: " + e.getMessage() + "; ZMQ_JAVA_OPTS=-Xmx1g allows more memory");
      Runtime.getRuntime().halt(ExitCode.FAILED);
    }
  }

  static int run(Shell shell, String... args) {
    return new CommandLine(new Main())
        .addSubcommand(new PushCommand(shell))
        .addSubcommand(new PullCommand(shell))
        .addSubcommand(new PairCommand(shell))
        .addSubcommand(new ReqCommand(shell))
        .addSubcommand(new RepCommand(shell))
        .addSubcommand(new PubCommand(shell))
        .addSubcommand(new SubCommand(shell))
        .addSubcommand(new DemoCommand(shell))
        .setOut(shell.writer())
        .setErr(shell.errorWriter())
        .setParameterExceptionHandler((e, words) -> Failures.badArguments(e))
        .setExecutionExceptionHandler((e, command, result) -> Failures.failed(e, command))
        .execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command: push, pull, pair, req, rep, pub, sub or demo");
  }
}
