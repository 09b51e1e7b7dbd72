package io.reactorzmq.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Mono;

/**
 * What a command sees of the shell it runs in. The streams are unbuffered but for stderr.
 *
 * @param in stdin
 * @param out stdout
 * @param err stderr, for sentences
 * @param errIsTerminal whether somebody watches stderr, so that a line of it may change in place
 * @param interrupted completes when the user wants the command to end
 */
record Shell(
    InputStream in,
    OutputStream out,
    PrintStream err,
    boolean errIsTerminal,
    Mono<Void> interrupted) {

  /** Set by the script, which can ask the system. */
  private static final String TERMINAL = "zmq.stderr.terminal";

  static Shell ofProcess() {
    return new Shell(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        System.err,
        Boolean.getBoolean(TERMINAL),
        Interrupts.first());
  }

  PrintWriter writer() {
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  PrintWriter errorWriter() {
    return new PrintWriter(err, true);
  }
}
