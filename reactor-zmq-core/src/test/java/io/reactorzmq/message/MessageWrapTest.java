package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;

/** {@code onReleased} runs exactly once, when nobody reads the memory any more. */
class MessageWrapTest {

  private final AtomicInteger released = new AtomicInteger();
  private final ByteBuf memory = Unpooled.directBuffer(8).writeLong(0x6162636465666768L);

  @Test
  void runsAtTheLastRelease() {
    Message message = Message.wrap(List.of(memory), released::incrementAndGet);
    message.retain(2);

    message.release();
    message.release();
    assertThat(released).hasValue(0);

    message.release();
    assertThat(released).hasValue(1);
    assertThatThrownBy(message::release);
    assertThat(released).hasValue(1);
  }

  @Test
  void runsAfterTheBuffersAreReleased() {
    AtomicInteger references = new AtomicInteger(-1);
    Message.wrap(List.of(memory), () -> references.set(memory.refCnt())).release();

    assertThat(references).hasValue(0);
  }

  @Test
  void waitsForTheLastRetainedPart() {
    Message message = Message.wrap(List.of(memory), released::incrementAndGet);
    ByteBuf head = message.retainedPart(0, 0, 3);
    ByteBuf tail = message.retainedPart(0, 6, 2);
    assertThat(message.refCnt()).isEqualTo(3);

    message.release();
    assertThat(tail.release()).isTrue();
    assertThat(released).as("someone still reads the head").hasValue(0);
    assertThat(head.toString(StandardCharsets.UTF_8)).isEqualTo("abc");

    assertThat(head.release()).isTrue();
    assertThat(released).hasValue(1);
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void waitsForAViewInsideAFrame() {
    Message message = Message.wrap(List.of(memory), released::incrementAndGet);
    CompositeByteBuf frame = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    frame.addComponent(true, Unpooled.directBuffer(1).writeByte('>'));
    frame.addComponent(true, message.retainedPart(0, 2, 4));
    message.release();

    ByteBuf later = frame.retainedSlice(2, 2);
    assertThat(frame.toString(StandardCharsets.UTF_8)).isEqualTo(">cdef");
    assertThat(frame.nioBuffers()).hasSize(2);
    assertThat(frame.isDirect()).isTrue();
    frame.release();
    assertThat(released).hasValue(0);

    assertThat(later.toString(StandardCharsets.UTF_8)).isEqualTo("de");
    later.release();
    assertThat(released).hasValue(1);
  }

  @Test
  void aViewReadsTheMemoryItself() {
    Message message = Message.wrap(List.of(memory), released::incrementAndGet);
    ByteBuf view = message.retainedPart(0, 4, 4);

    assertThat(view.isDirect()).isTrue();
    assertThat(view.hasMemoryAddress()).isEqualTo(memory.hasMemoryAddress());
    memory.setByte(4, 'X');
    assertThat(view.getByte(0)).isEqualTo((byte) 'X');
    assertThat(view.nioBuffer().get(0)).isEqualTo((byte) 'X');

    view.release();
    message.release();
  }

  @Test
  void runsOnceHoweverManyThreadsRelease() throws Exception {
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 500; round++) {
        AtomicInteger calls = new AtomicInteger();
        ByteBuf buffer = Unpooled.directBuffer(8).writeLong(round);
        Message message = Message.wrap(List.of(buffer), calls::incrementAndGet);
        message.retain(threads - 1);
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          results.add(
              pool.submit(
                  () -> {
                    start.await();
                    message.retainedPart(0, 0, 4).release();
                    message.retain().release();
                    return message.release();
                  }));
        }
        int last = 0;
        for (Future<Boolean> result : results) {
          last += result.get() ? 1 : 0;
        }
        assertThat(last).isOne();
        assertThat(calls).hasValue(1);
        assertThat(buffer.refCnt()).isZero();
      }
    } finally {
      pool.shutdownNow();
      memory.release();
    }
  }

  @Test
  void runsOnTheThreadThatReleasesLast() throws Exception {
    AtomicReference<Thread> ran = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    Message message =
        Message.wrap(
            List.of(memory),
            () -> {
              ran.set(Thread.currentThread());
              done.countDown();
            });
    Thread thread = new Thread(message::release);
    thread.start();
    done.await();
    thread.join();

    assertThat(ran).hasValue(thread);
  }

  @Test
  void whatItThrowsIsDroppedAndNotTheReleasersProblem() {
    List<Throwable> dropped = new ArrayList<>();
    IllegalStateException failure = new IllegalStateException("from onReleased");
    Hooks.onErrorDropped(dropped::add);
    try {
      Message message =
          Message.wrap(
              List.of(memory),
              () -> {
                throw failure;
              });
      assertThat(message.release()).isTrue();
    } finally {
      Hooks.resetOnErrorDropped();
    }

    assertThat(dropped).containsExactly(failure);
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void isRequired() {
    assertThatThrownBy(() -> Message.wrap(List.of(memory), null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("onReleased");
    assertThat(memory.refCnt()).isOne();
    memory.release();
  }

  @Test
  void isNotRunWhenThereIsNoMessage() {
    assertThatThrownBy(() -> Message.wrap(List.of(), released::incrementAndGet));

    assertThat(released).hasValue(0);
    memory.release();
  }
}
