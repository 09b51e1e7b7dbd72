package io.reactorzmq.cli.tensor;

import io.reactorzmq.cli.line.Input;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.file.TensorFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;

/**
 * Files as messages, one each, in order. All of them are opened before the first is sent; most are
 * mapped into memory, so that takes next to no memory.
 */
public final class TensorInput implements Input<TensorMessage> {

  private final List<Path> files;
  private final Queue<TensorMessage> waiting = new ConcurrentLinkedQueue<>();
  private final Duration interval;
  private final Mono<Void> stop;
  private final Sinks.Empty<Void> ended = Sinks.empty();
  private final SentBytes sent;

  /**
   * Opens the files.
   *
   * @param files each of a format that {@link TensorFiles} knows
   * @param asSets whether the tensors keep their names; otherwise each file has only one
   * @param interval the least time between two messages, zero for none
   * @param stop ends the input early
   * @throws IOException with a sentence, if one of them cannot be read; then none is open
   */
  public TensorInput(List<Path> files, boolean asSets, Duration interval, Mono<Void> stop)
      throws IOException {
    this.files = List.copyOf(files);
    this.interval = interval;
    this.stop = stop;
    long bytes = 0;
    try {
      for (Path file : files) {
        NamedTensors tensors = TensorFiles.read(file);
        waiting.add(new TensorMessage(baseName(file), tensors, asSets));
        bytes += tensors.bytes();
        if (!asSets && tensors.size() != 1) {
          throw new IOException(
              file + " has " + tensors.size() + " tensors, without names only one can be sent");
        }
      }
    } catch (IOException e) {
      dispose();
      throw FileFailures.readable(e);
    }
    this.sent = new SentBytes(bytes);
    if (interval.isZero()) {
      ended.tryEmitEmpty();
    }
  }

  private static String baseName(Path file) {
    String name = String.valueOf(file.getFileName());
    int end = name.lastIndexOf('.');
    return end > 0 ? name.substring(0, end) : name;
  }

  /** Each value is the receiver's to release. */
  @Override
  public Flux<TensorMessage> values() {
    Flux<TensorMessage> all = Flux.generate(this::next);
    boolean[] begun = {false};
    Flux<TensorMessage> paced =
        interval.isZero()
            ? all
            : all.concatMap(
                message -> {
                  Mono<TensorMessage> now = Mono.just(message);
                  Mono<TensorMessage> due = begun[0] ? now.delaySubscription(interval) : now;
                  begun[0] = true;
                  return due;
                },
                0);
    return paced
        .takeUntilOther(stop)
        .doOnTerminate(ended::tryEmitEmpty)
        .doOnDiscard(TensorMessage.class, TensorMessage::release);
  }

  private void next(SynchronousSink<TensorMessage> sink) {
    TensorMessage message = waiting.poll();
    if (message == null) {
      sink.complete();
      return;
    }
    NamedTensors counted = sent.counted(message.tensors());
    sink.next(new TensorMessage(message.name(), counted, message.isSet()));
  }

  @Override
  public Mono<Void> ended() {
    return ended.asMono();
  }

  /** All files, which were read before the first was handed out. */
  @Override
  public long read() {
    return files.size();
  }

  @Override
  public String nameOf(long number) {
    return number > files.size() ? "file " + number : files.get((int) number - 1).toString();
  }

  @Override
  public String plural() {
    return "files";
  }

  /**
   * How many of the bytes of all files were handed to peers; any thread.
   *
   * @return a snapshot
   */
  public Transfer transfer() {
    return sent.transfer();
  }

  /** Closes the files that were not handed out. */
  @Override
  public void dispose() {
    for (TensorMessage each; (each = waiting.poll()) != null; ) {
      each.release();
    }
  }
}
