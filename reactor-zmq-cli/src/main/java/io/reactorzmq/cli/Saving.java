package io.reactorzmq.cli;

import io.reactorzmq.cli.tensor.Scratch;
import io.reactorzmq.cli.tensor.TensorFolder;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.cli.tensor.Transfer;
import io.reactorzmq.tensor.file.TensorFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes files of the tensors that a socket receives, and lines of their names. Works on the
 * session's printing thread.
 */
final class Saving implements AutoCloseable {

  private static final int SCRATCH_FILE_BYTES = 64 << 20;

  private final Session session;
  private final TensorFolder folder;
  private final Scratch scratch;
  private final TensorMessageCodec codec;
  private @Nullable Progress progress;
  private long number;
  private volatile boolean failed;

  Saving(Session session, Path dir) throws IOException {
    this.session = session;
    this.folder = new TensorFolder(dir);
    this.scratch = new Scratch(dir, SCRATCH_FILE_BYTES, this::noRoom);
    this.codec = new TensorMessageCodec(scratch);
  }

  /** The event tells why; what comes later is better left to who can take it. */
  private void noRoom() {
    failed = true;
    session.stop();
  }

  /** Receives into the directory. */
  TensorMessageCodec codec() {
    return codec;
  }

  Transfer transfer() {
    return scratch.transfer();
  }

  /** Whoever has this is told before and after a file is written. */
  void tell(Progress progress) {
    this.progress = progress;
  }

  /** Saves all that comes, as far as it can be; the lines are what to print. */
  Flux<byte[]> lines(Flux<TensorMessage> messages) {
    return messages
        .<byte[]>handle(
            (message, sink) -> {
              byte[] line = line("", message);
              if (line != null) {
                sink.next(line);
              }
            })
        .onErrorResume(
            cause -> {
              fail(cause);
              session.stop();
              return Mono.empty();
            });
  }

  /**
   * Saves one message, which this releases.
   *
   * @return null if it is one that cannot be saved, which was said
   * @throws Failures.Failure if nothing can be saved
   */
  byte @Nullable [] line(String topic, TensorMessage message) {
    try {
      return save(++number, topic, message);
    } catch (TensorFileException e) {
      fail(e);
      return null;
    } catch (IOException e) {
      throw new Failures.Failure(Failures.sentence(e));
    } finally {
      message.release();
    }
  }

  /** Saves one message, which stays the caller's; the line to print. */
  byte[] save(long ofNumber, String topic, TensorMessage message) throws IOException {
    if (progress != null) {
      progress.update();
    }
    Path file = folder.save(ofNumber, topic, message);
    if (progress != null) {
      progress.hide(); // stdout may be the same terminal
    }
    return file.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Saves the reply to a request, which this releases. */
  byte[] reply(long request, TensorMessage message) {
    try {
      return save(request, "", message);
    } catch (IOException e) {
      throw new Failures.Failure("its reply is not saved: " + Failures.sentence(e));
    } finally {
      message.release();
    }
  }

  private void fail(Throwable cause) {
    failed = true;
    session.say("message " + number + " is not saved: " + Failures.sentence(cause));
  }

  /** Whether something was received that is not saved. */
  boolean hasFailed() {
    return failed;
  }

  /** The exit code, where closing alone would make it another one. */
  int exitCode(int closing) {
    return failed ? ExitCode.FAILED : closing;
  }

  @Override
  public void close() {
    scratch.close();
  }
}
