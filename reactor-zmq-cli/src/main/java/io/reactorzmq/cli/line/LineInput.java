package io.reactorzmq.cli.line;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;

/**
 * Lines read on a thread of its own as they are asked for. Reads a few chunks ahead and no further,
 * so the end of a short input is known before all of it has been taken.
 */
public final class LineInput implements Input<byte[]> {

  private static final int CHUNKS_AHEAD = 4;

  private final LineReader reader;
  private final Duration interval;
  private final Mono<Void> stop;
  private final Scheduler thread = BlockingThread.named("zmq-in");
  private final Sinks.Empty<Void> ended = Sinks.empty();
  private final AtomicLong lines = new AtomicLong();
  private long nextNanos = System.nanoTime();

  /**
   * Creates an input that has not begun to read.
   *
   * @param reader used by this object only
   * @param interval the least time between two lines, zero for none
   * @param stop ends the input early: what was read is still handed out
   */
  public LineInput(LineReader reader, Duration interval, Mono<Void> stop) {
    this.reader = reader;
    this.interval = interval;
    this.stop = stop;
  }

  /** The lines. */
  @Override
  public Flux<byte[]> values() {
    return Flux.<List<byte[]>>generate(this::next)
        .subscribeOn(thread)
        .takeUntilOther(stop)
        .doOnNext(batch -> lines.addAndGet(batch.size()))
        .doOnTerminate(ended::tryEmitEmpty)
        .concatMapIterable(batch -> batch, interval.isZero() ? CHUNKS_AHEAD : 1);
  }

  private void next(SynchronousSink<List<byte[]>> sink) {
    List<byte[]> batch;
    try {
      batch = readLines();
    } catch (InterruptedIOException | InterruptedException e) {
      sink.complete(); // nobody wants the rest
      return;
    } catch (IOException e) {
      sink.error(e);
      return;
    }
    if (batch == null) {
      sink.complete();
    } else {
      sink.next(batch);
    }
  }

  private @Nullable List<byte[]> readLines() throws IOException, InterruptedException {
    if (interval.isZero()) {
      return reader.read(Integer.MAX_VALUE);
    }
    List<byte[]> line = reader.read(1);
    if (line != null) {
      TimeUnit.NANOSECONDS.sleep(nextNanos - System.nanoTime());
      nextNanos = System.nanoTime() + interval.toNanos();
    }
    return line;
  }

  /** Lines read so far, handed out or not. */
  @Override
  public long read() {
    return lines.get();
  }

  /** Completes when the last line has been read, though it may not have been handed out. */
  @Override
  public Mono<Void> ended() {
    return ended.asMono();
  }

  @Override
  public String nameOf(long number) {
    return "line " + number;
  }

  @Override
  public String plural() {
    return "lines";
  }

  /** Gives up the thread; it may still hang in a read of the stream. */
  @Override
  public void dispose() {
    thread.dispose();
  }
}
