package io.reactorzmq.cli;

import io.reactorzmq.cli.line.LineOutput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Scheduler;

/**
 * Prints what a socket receives. Writing blocks while nobody reads stdout; then nothing is taken
 * from the socket, and its peers stop sending.
 */
final class Printer extends BaseSubscriber<byte[]> {

  private final LineOutput output;
  private final Scheduler thread;
  private final long enough;
  private final Runnable onEnough;
  private long printed;
  private boolean flushing;
  private volatile boolean outputClosed;
  private volatile @Nullable IOException failure;

  /**
   * Creates a printer.
   *
   * @param output where to
   * @param thread where lines arrive; what is scheduled there runs when no line is at hand
   * @param enough how many lines
   * @param onEnough told once, after that many lines or when nobody reads the output any more
   */
  Printer(LineOutput output, Scheduler thread, long enough, Runnable onEnough) {
    this.output = output;
    this.thread = thread;
    this.enough = enough;
    this.onEnough = onEnough;
  }

  boolean isOutputClosed() {
    return outputClosed;
  }

  /** Why nothing more could be printed, unless whoever read the output closed it. */
  @Nullable IOException failure() {
    return failure;
  }

  @Override
  protected void hookOnNext(byte[] line) {
    if (outputClosed) {
      return;
    }
    try {
      output.write(line);
    } catch (IOException e) {
      outputClosed(e);
      return;
    }
    if (++printed == enough) {
      onEnough.run();
    }
    if (!flushing) {
      flushing = true;
      thread.schedule(this::flush);
    }
  }

  @Override
  protected void hookOnComplete() {
    flush();
  }

  private void flush() {
    flushing = false;
    if (outputClosed) {
      return;
    }
    try {
      output.flush();
    } catch (IOException e) {
      outputClosed(e);
    }
  }

  private void outputClosed(IOException cause) {
    if (!"Broken pipe".equals(cause.getMessage())) {
      failure = cause;
    }
    outputClosed = true;
    cancel();
    onEnough.run();
  }
}
