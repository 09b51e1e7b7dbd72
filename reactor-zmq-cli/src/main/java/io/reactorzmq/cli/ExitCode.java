package io.reactorzmq.cli;

/** What the exit codes mean. They are the same for every command. */
final class ExitCode {

  /** All is well: whatever was sent is known to be consumed. */
  static final int OK = 0;

  /** Something failed; a sentence on stderr says what. */
  static final int FAILED = 1;

  /** The arguments make no sense; a sentence on stderr says why. */
  static final int BAD_ARGUMENTS = 2;

  /** The socket closed with messages not accounted for; stderr has the numbers. */
  static final int UNACCOUNTED = 3;

  private ExitCode() {}
}
