package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.SmallBatch;
import io.reactorzmq.internal.wire.SmallValues;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

// Past 300 lines because what a batch is in line for is told case by case.

/** What several threads hand to one, each in its order. */
class InboxTest {

  private static final Limits LIMITS = new Limits(1000, 100_000, 0, 0);

  private final Inbox<Message> inbox = new Inbox<>(SmallValues.of(Codec.message()));

  /** Takes everything, or leaves batches where they are. */
  private static class Log implements Inbox.Taker {
    final List<String> taken = new ArrayList<>();
    final List<SmallBatch> seen = new ArrayList<>();
    final List<SmallBatch> kept = new ArrayList<>();
    boolean hasRoom = true;

    @Override
    public void take(Object entry) {
      taken.add(entry.toString());
    }

    @Override
    public void takeFrom(SmallBatch batch) {
      if (seen.isEmpty() || seen.get(seen.size() - 1) != batch) {
        seen.add(batch);
      }
      if (hasRoom) {
        taken.addAll(texts(batch));
      }
    }

    @Override
    public void keep(SmallBatch batch) {
      kept.add(batch);
    }
  }

  private final Log log = new Log();

  private static List<String> texts(SmallBatch batch) {
    List<String> texts = new ArrayList<>();
    FrameWriter writer = new FrameWriter(UnpooledByteBufAllocator.DEFAULT, LIMITS, 1024);
    while (batch.next() > 0) {
      writer.append(batch, 1000);
    }
    if (!writer.isEmpty()) {
      FrameReader.ofMessages(LIMITS)
          .read(
              writer.finish(),
              message -> {
                texts.add(message.text(0));
                message.release();
              });
    }
    return texts;
  }

  /** As a sender does with a small value. */
  private void put(Inbox<Message> target, String text) {
    Message message = Message.of(text);
    if (target.add(message, (int) message.size())) {
      message.release();
    } else {
      message.release();
      target.offer(text);
    }
  }

  private void put(String... texts) {
    List.of(texts).forEach(text -> put(inbox, text));
  }

  private List<String> taken() {
    inbox.takeAll(log);
    List<String> all = List.copyOf(log.taken);
    log.taken.clear();
    return all;
  }

  @Test
  void smallValuesArePutTogetherAndTheBatchStaysInLine() {
    put("a", "b");
    assertThat(inbox.isEmpty()).isFalse();
    assertThat(taken()).containsExactly("a", "b");
    assertThat(inbox.isEmpty()).isTrue();
    put("c");
    assertThat(inbox.isEmpty()).isFalse();
    assertThat(taken()).containsExactly("c");
    assertThat(log.seen).hasSize(1);
    assertThat(log.kept).isEmpty();
  }

  @Test
  void behindAnObjectNothingIsAddedToABatchBefore() {
    put("a", "b");
    inbox.offer("object");
    put("c", "d", "e");
    assertThat(taken()).containsExactly("a", "b", "object", "c", "d", "e");
    assertThat(log.seen).as("c is offered, and d begins a batch").hasSize(2);
  }

  @Test
  void betweenObjectsEachIsAnObject() {
    put("0");
    for (int i = 1; i < 20; i++) {
      inbox.offer("o" + i);
      put("" + i);
    }
    assertThat(taken()).startsWith("0", "o1", "1", "o2").hasSize(39);
    assertThat(log.seen).hasSize(1);
  }

  @Test
  void whatIsNotSmallOrNotPutTogetherIsOffered() {
    assertThat(inbox.add(Message.of("x".repeat(257)), 257)).isFalse();
    Message largest = Message.of("x".repeat(256));
    assertThat(inbox.add(largest, 256)).isTrue();
    largest.release();
    Inbox<Message> plain = new Inbox<>(null);
    assertThat(plain.add(Message.of("x"), 1)).isFalse();
    plain.offer("x");
    assertThat(plain.isEmpty()).isFalse();
    plain.takeAll(log);
    assertThat(log.taken).containsExactly("x");
    assertThat(plain.isEmpty()).isTrue();
  }

  @Test
  void aFullBatchIsSealedAndTheNextOneLarger() {
    String text = "x".repeat(98);
    IntStream.range(0, 400).forEach(i -> put(text));
    assertThat(taken()).hasSize(400);
    assertThat(log.seen.stream().map(SmallBatch::capacity))
        .startsWith(512, 1024, 2048, 4096, 8192, 16384)
        .allMatch(capacity -> capacity <= 16384);
    SmallBatch last = log.seen.get(log.seen.size() - 1);
    log.seen.clear();
    for (int i = 0; i < 40; i++) {
      put("1", "2");
      inbox.offer("object");
      put("3");
    }
    log.hasRoom = false;
    inbox.takeAll(log);
    assertThat(log.seen).first().isSameAs(last);
    assertThat(log.seen).last().extracting(SmallBatch::capacity).isEqualTo(512);
  }

  @Test
  void batchesAreUsedAgain() {
    String text = "x".repeat(253); // 256 bytes with its table
    Set<SmallBatch> known = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      if (i == 30) { // they have grown
        known.addAll(log.seen);
        log.seen.clear();
      }
      IntStream.range(0, 64).forEach(n -> put(text));
      taken();
    }
    assertThat(log.seen).hasSizeGreaterThan(25);
    assertThat(known).containsAll(log.seen);
  }

  @Test
  void withoutRoomAnOpenBatchMayStayAndIsAddedTo() {
    put("a");
    log.hasRoom = false;
    assertThat(taken()).isEmpty();
    put("b");
    assertThat(taken()).isEmpty();
    assertThat(log.kept).isEmpty();
    assertThat(log.seen).hasSize(1);
    log.hasRoom = true;
    assertThat(taken()).containsExactly("a", "b");
  }

  @Test
  void aBatchWithAnObjectBehindItIsSealedAndKept() {
    put("a");
    log.hasRoom = false;
    inbox.takeAll(log);
    assertThat(log.kept).isEmpty();
    inbox.offer("object");
    inbox.takeAll(log);
    assertThat(log.taken).containsExactly("object");
    assertThat(log.kept).hasSize(1);
    assertThat(texts(log.kept.get(0))).containsExactly("a");
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void whatIsBeingWrittenKeepsWhatIsBehindItInLine() {
    put("a");
    List<String> meanwhile = new ArrayList<>();
    add(
        "slow",
        () -> {
          put("b");
          inbox.offer("object");
          inbox.takeAll(log);
          meanwhile.addAll(log.taken);
          assertThat(inbox.isEmpty()).isFalse();
        });
    assertThat(meanwhile).containsExactly("a");
    assertThat(taken()).containsExactly("a", "slow", "b", "object");
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void theFirstOfABatchIsNotPassedEither() {
    add(
        "first",
        () -> {
          put("second");
          inbox.offer("object");
          assertThat(inbox.isEmpty()).isFalse();
          assertThat(taken()).isEmpty();
        });
    assertThat(taken()).containsExactly("first", "second", "object");
  }

  @Test
  void whatCannotBeCopiedLeavesTheInboxAsItWas() {
    assertThatIllegalStateException().isThrownBy(() -> add("bad", InboxTest::fail));
    put("a");
    assertThatIllegalStateException().isThrownBy(() -> add("bad", InboxTest::fail));
    put("b");
    inbox.offer("object");
    put("c", "d");
    assertThatIllegalStateException().isThrownBy(() -> add("bad", InboxTest::fail));
    assertThat(taken()).containsExactly("a", "b", "object", "c", "d");
    assertThat(inbox.isEmpty()).isTrue();
  }

  private static void fail() {
    throw new IllegalStateException("not this one");
  }

  private void add(String text, Runnable whileRead) {
    Message message = Values.busy(text, whileRead);
    try {
      assertThat(inbox.add(message, text.length())).isTrue();
    } finally {
      message.release();
    }
  }

  @Test
  void whoTakesMayCallBack() {
    put("a", "b");
    inbox.offer("object");
    AtomicInteger calls = new AtomicInteger();
    Inbox.Taker nested =
        new Inbox.Taker() {
          @Override
          public void take(Object entry) {
            log.take(entry);
          }

          @Override
          public void takeFrom(SmallBatch batch) {
            if (calls.getAndIncrement() == 0) {
              log.hasRoom = false;
              inbox.takeAll(log);
            }
          }

          @Override
          public void keep(SmallBatch batch) {
            throw new AssertionError("it was taken over");
          }
        };
    inbox.takeAll(nested);
    assertThat(log.kept).hasSize(1);
    assertThat(log.taken).containsExactly("object");
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void whatCanBeTakenIsThere() {
    assertThat(inbox.hasMore()).isFalse();
    put("a");
    assertThat(inbox.hasMore()).isTrue();
    taken();
    assertThat(inbox.hasMore()).isFalse();
    assertThat(inbox.isBeingWritten()).isFalse();
    add(
        "slow",
        () -> {
          assertThat(inbox.isBeingWritten()).isTrue();
          assertThat(inbox.hasMore()).isFalse();
        });
    assertThat(inbox.isBeingWritten()).isFalse();
    assertThat(inbox.hasMore()).isTrue();
    taken();
    inbox.offer("object");
    assertThat(inbox.hasMore()).as("behind a batch that is empty").isTrue();
    assertThat(inbox.isEmpty()).isFalse();
    taken();
    assertThat(inbox.hasMore()).isFalse();
    inbox.offer("another");
    assertThat(inbox.hasMore()).isTrue();
  }

  @Test
  void aBatchInHandIsNotUsedAgain() {
    put("a");
    taken();
    SmallBatch batch = log.seen.get(0);
    inbox.inHand = batch;
    inbox.offer("object");
    taken();
    assertThat(batch.isAllTaken()).as("taken out of line").isTrue();
    inbox.inHand = null;
    put("b", "c"); // the first one behind an object is an object
    taken();
    assertThat(log.seen).hasSize(2).last().isNotSameAs(batch);
  }

  @Test
  @Timeout(60)
  void manyThreadsKeepTheirOrderEach() throws Exception {
    int threads = 3;
    int each = 30_000;
    AtomicInteger running = new AtomicInteger(threads);
    AtomicInteger waiting = new AtomicInteger();
    int[] next = new int[threads];
    Log log =
        new Log() {
          @Override
          public void keep(SmallBatch batch) { // in line, so it is next
            taken.addAll(texts(batch));
            inbox.recycle(batch);
          }
        };
    Races.inParallel(
        threads + 1,
        thread -> {
          ThreadLocalRandom random = ThreadLocalRandom.current();
          if (thread < threads) {
            int run = 0;
            for (int i = 0; i < each; i++) {
              while (waiting.get() > 2000) {
                Races.pause();
              }
              waiting.incrementAndGet();
              run = run == 0 ? random.nextInt(100) : run - 1;
              String text = thread + " " + i;
              if (run == 1) {
                inbox.offer(text);
              } else {
                put(inbox, text + " ".repeat(random.nextInt(3) == 0 ? random.nextInt(200) : 0));
              }
            }
            running.decrementAndGet();
            return;
          }
          while (running.get() > 0 || !inbox.isEmpty()) {
            log.hasRoom = random.nextInt(4) > 0;
            inbox.takeAll(log);
            log.taken.forEach(text -> check(text, next));
            waiting.addAndGet(-log.taken.size());
            log.taken.clear();
            log.seen.clear();
            Races.pause();
          }
        });
    assertThat(next).containsOnly(each);
  }

  private static void check(String text, int[] next) {
    String[] words = text.trim().split(" ");
    int thread = Integer.parseInt(words[0]);
    assertThat(Integer.parseInt(words[1])).as("of thread %d", thread).isEqualTo(next[thread]++);
  }
}
