package io.reactorzmq.cli.line;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class LineInputTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void linesComeInOrderAndThenTheEnd() {
    LineInput input = input(text("a\n\nb"), Duration.ZERO, Mono.never());
    StepVerifier.create(input.values().map(String::new))
        .expectNext("a", "", "b")
        .expectComplete()
        .verify(PATIENCE);
    assertThat(input.read()).isEqualTo(3);
  }

  @Test
  void theEndOfAShortInputIsKnownBeforeAnyLineIsTaken() {
    LineInput input = input(text("a\nb\n"), Duration.ZERO, Mono.never());
    StepVerifier.create(input.values().map(String::new), 0)
        .expectSubscription()
        .then(() -> input.ended().block(PATIENCE))
        .then(() -> assertThat(input.read()).isEqualTo(2))
        .thenRequest(1)
        .expectNext("a")
        .thenRequest(1)
        .expectNext("b")
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void whileNobodyTakesLinesItReadsAFewChunksAheadAndThenStandsStill() {
    Endless endless = new Endless();
    LineInput input = input(endless, Duration.ZERO, Mono.never());
    StepVerifier.create(input.values(), 0)
        .expectSubscription()
        .then(
            () ->
                await()
                    .during(Duration.ofMillis(200))
                    .until(() -> endless.bytes.get() > 0 && endless.hasStoodStill()))
        .then(() -> assertThat(endless.bytes).hasValueLessThanOrEqualTo(6 * 65_536))
        .thenRequest(1_000_000)
        .expectNextCount(1_000_000)
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  void aStopEndsTheInputThoughTheStreamSaysNothing() throws InterruptedException {
    Sinks.Empty<Void> stop = Sinks.empty();
    CountDownLatch silence = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    InputStream twoLinesAndSilence =
        new InputStream() {
          private final InputStream lines = text("a\nb\nhalf a li");

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (lines.available() > 0) {
              return lines.read(target, offset, length);
            }
            silence.countDown();
            try {
              never.await();
            } catch (InterruptedException e) {
              throw new InterruptedIOException();
            }
            return -1;
          }
        };
    LineInput input = input(twoLinesAndSilence, Duration.ZERO, stop.asMono());
    StepVerifier.create(input.values().map(String::new), 0)
        .then(() -> awaitCount(silence))
        .then(stop::tryEmitEmpty)
        .thenRequest(2)
        .expectNext("a", "b")
        .expectComplete()
        .verify(PATIENCE);
    never.countDown();
  }

  @Test
  void anIntervalPassesBetweenTwoLinesButNotBeforeTheFirst() {
    Duration interval = Duration.ofMillis(60);
    LineInput input = input(text("a\nb\nc"), interval, Mono.never());
    long start = System.nanoTime();
    assertThat(input.values().blockFirst(PATIENCE)).isEqualTo("a".getBytes(UTF_8));
    LineInput all = input(text("a\nb\nc"), interval, Mono.never());
    start = System.nanoTime();
    assertThat(all.values().count().block(PATIENCE)).isEqualTo(3);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(2 * interval.toNanos());
  }

  @Test
  void aStreamThatFailsFailsTheLines() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("torn off");
          }
        };
    LineInput input = input(broken, Duration.ZERO, Mono.never());
    StepVerifier.create(input.values()).expectErrorMessage("torn off").verify(PATIENCE);
    input.ended().block(PATIENCE);
  }

  private static void awaitCount(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  private static LineInput input(InputStream in, Duration interval, Mono<Void> stop) {
    return new LineInput(new LineReader(in, Long.MAX_VALUE), interval, stop);
  }

  /** Lines of nine bytes for ever. */
  private static final class Endless extends InputStream {
    final AtomicLong bytes = new AtomicLong();
    private long before;

    @Override
    public int read() {
      return bytes.incrementAndGet() % 10 == 0 ? '\n' : 'x';
    }

    boolean hasStoodStill() {
      long now = bytes.get();
      boolean still = now == before;
      before = now;
      return still;
    }
  }
}
