package io.reactorzmq.cli;

import io.reactorzmq.error.ZmqException;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Makes one sentence on stderr, and an exit code, of whatever went wrong. What is not made to be
 * read is shown with its type, as it is a fault of the tool.
 */
final class Failures {

  /** A failure whose message is a sentence for the user. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failure(String sentence) {
      super(sentence);
    }
  }

  private Failures() {}

  static int badArguments(ParameterException e) {
    String name = e.getCommandLine().getCommandSpec().qualifiedName();
    String sentence =
        e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()
            ? "'" + unmatched.getUnmatched().get(0) + "' makes no sense here"
            : firstLine(e);
    say(e.getCommandLine(), sentence + "; see ./" + name + " --help");
    return ExitCode.BAD_ARGUMENTS;
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  static int failed(Exception e, CommandLine command) {
    say(command, sentence(e));
    return ExitCode.FAILED;
  }

  /** A sentence for a failure: its message if it was made to be read, otherwise with its type. */
  static String sentence(Throwable e) {
    boolean readable =
        e instanceof Failure || e instanceof ZmqException || e instanceof IOException;
    String sentence = readable && e.getMessage() != null ? e.getMessage() : "unexpected " + e;
    // the library names its own option
    return e instanceof ZmqException && sentence.contains("maxMessageSize")
        ? sentence + "; --max-message-size of the receiver allows more"
        : sentence;
  }

  private static void say(CommandLine command, String sentence) {
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().printf(Locale.ROOT, "%s: %s%n", name, sentence);
    command.getErr().flush();
  }
}
