package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

/** The tool at work in a thread of the test. Its streams are the test's, bytes are ISO 8859-1. */
final class Running implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 30;

  private final Input in = new Input();
  private final Output out = new Output();
  private final Output err = new Output();
  private final Sinks.Empty<Void> interrupt = Sinks.empty();
  private final CompletableFuture<Integer> exitCode;

  private Running(String... args) {
    Shell shell =
        new Shell(
            in, out, new PrintStream(err, true, StandardCharsets.UTF_8), false, interrupt.asMono());
    exitCode = new CompletableFuture<>();
    Thread thread =
        new Thread(() -> exitCode.complete(Main.run(shell, args)), String.join(" ", args));
    thread.setDaemon(true);
    thread.start();
  }

  static Running zmq(String... args) {
    return new Running(args);
  }

  Running type(String text) {
    in.chunks.add(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  Running endInput() {
    in.chunks.add(Input.END);
    return this;
  }

  /** Waits until all that was typed has been read and handed on. */
  void awaitAllRead() {
    await().until(() -> in.isWaiting && in.chunks.isEmpty());
  }

  void closeOutput() {
    out.isClosed = true;
  }

  void interrupt() {
    interrupt.tryEmitEmpty();
  }

  /** The endpoint it says it is bound to. */
  String endpoint() {
    String said = awaitError(text -> text.matches("(?s).*bound to \\S+\\R.*"));
    return said.replaceAll("(?s).*bound to (\\S+)\\R.*", "$1");
  }

  void awaitPeers(int peers) {
    awaitError(text -> text.split("is here", -1).length > peers);
  }

  String awaitOutput(Predicate<String> condition) {
    return out.await(condition);
  }

  String awaitError(Predicate<String> condition) {
    return err.await(condition);
  }

  int exitCode() {
    try {
      return exitCode.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("it said: " + err, e);
    }
  }

  boolean hasEnded() {
    return exitCode.isDone();
  }

  String output() {
    return out.toString();
  }

  List<String> outputLines() {
    return output().lines().toList();
  }

  String errors() {
    return err.toString();
  }

  /** Ends it, if it has not. */
  @Override
  public void close() {
    endInput();
    interrupt();
    exitCode();
    assertThat(errors()).doesNotContain("unexpected");
  }

  private static final class Input extends InputStream {
    static final byte[] END = {};
    final LinkedBlockingQueue<byte[]> chunks = new LinkedBlockingQueue<>();
    volatile boolean isWaiting;
    private byte @Nullable [] chunk;
    private int from;

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        isWaiting = chunk == null;
        byte[] current = chunk == null ? chunks.take() : chunk;
        isWaiting = false;
        if (current == END) {
          chunk = END;
          return -1;
        }
        int n = Math.min(length, current.length - from);
        System.arraycopy(current, from, target, offset, n);
        from += n;
        chunk = current;
        if (from == current.length) {
          chunk = null;
          from = 0;
        }
        return n;
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }

  private static final class Output extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    volatile boolean isClosed;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] source, int offset, int length) throws IOException {
      if (isClosed) {
        throw new IOException("Broken pipe");
      }
      bytes.write(source, offset, length);
      notifyAll();
    }

    synchronized String await(Predicate<String> condition) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!condition.test(toString())) {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0) {
          throw new AssertionError("waited in vain; there is: " + this);
        }
        try {
          wait(millis);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return toString();
    }

    @Override
    public synchronized String toString() {
      return bytes.toString(StandardCharsets.ISO_8859_1);
    }
  }
}
