package io.reactorzmq.cli;

/** Texts that several commands show. Constants, because annotations take nothing else. */
final class Help {

  static final String EXIT_CODES_HEADING = "%nExit codes:%n";
  static final String OK = "  0  all is well: what was sent is known to be consumed";
  static final String ANSWERED = "  0  all is well: every request was answered";
  static final String FAILED = "  1  something failed, stderr says what";
  static final String BAD_ARGUMENTS = "  2  the arguments make no sense, stderr says why";
  static final String UNACCOUNTED = "  3  messages were lost at the end, stderr says how many";

  static final String UNANSWERED =
      "  3  requests were left without an answer at the end, stderr says how many";

  private Help() {}
}
