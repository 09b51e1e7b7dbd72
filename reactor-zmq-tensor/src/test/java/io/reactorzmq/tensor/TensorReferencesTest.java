package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;

/** {@code onReleased} runs exactly once, when nobody reads the memory any more. */
class TensorReferencesTest {

  private final AtomicInteger released = new AtomicInteger();
  private final ByteBuf memory = Unpooled.directBuffer().writeLongLE(1).writeLongLE(2);

  private Tensor wrapped() {
    return Tensor.wrap(DType.I64, Shape.of(2), List.of(memory), released::incrementAndGet);
  }

  @Test
  void runsAtTheLastRelease() {
    Tensor tensor = wrapped().retain().retain(2);
    for (int left = 3; left > 0; left--) {
      assertThat(tensor.release()).isFalse();
    }
    assertThat(released).hasValue(0);
    assertThat(tensor.release()).isTrue();
    assertThat(released).hasValue(1);
    assertThatThrownBy(tensor::release).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(released).hasValue(1);
  }

  @Test
  void runsAfterTheBuffersAreReleased() {
    AtomicInteger references = new AtomicInteger(-1);
    Tensor.wrap(DType.U8, Shape.of(16), List.of(memory), () -> references.set(memory.refCnt()))
        .release();
    assertThat(references).hasValue(0);
  }

  @Test
  void waitsForEveryPart() {
    Tensor tensor = wrapped();
    Tensor slice = tensor.retainedSlice(0, 1);
    Tensor element = slice.retainedAt(0);
    Tensor reshaped = tensor.retainedReshape(Shape.of(1, 2));
    Tensor nothing = tensor.retainedSlice(2, 2);
    tensor.release();
    slice.release();
    reshaped.release();
    nothing.release();
    assertThat(released).as("someone still reads one element").hasValue(0);
    assertThat(element.toLongs()).containsExactly(1);
    assertThat(element.retain().release()).isFalse();
    element.release();
    assertThat(released).hasValue(1);
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void waitsForTheContiguousOneIfItIsTheSame() {
    Tensor tensor = wrapped();
    Tensor contiguous = tensor.contiguous(memory.alloc());
    tensor.release();
    assertThat(released).hasValue(0);
    contiguous.release();
    assertThat(released).hasValue(1);
  }

  @Test
  void doesNotWaitForACopy() {
    ByteBuf other = Unpooled.directBuffer().writeLongLE(3);
    Tensor tensor =
        Tensor.wrap(DType.I64, Shape.of(3), List.of(memory, other), released::incrementAndGet);
    Tensor copy = tensor.contiguous(memory.alloc());
    tensor.release();
    assertThat(released).hasValue(1);
    assertThat(copy.toLongs()).containsExactly(1, 2, 3);
    copy.release();
  }

  @Test
  void runsForAnEmptyTensorToo() {
    memory.release();
    Tensor.wrap(DType.F32, Shape.of(0), List.of(), released::incrementAndGet).release();
    assertThat(released).hasValue(1);
  }

  @Test
  void whatThrowsLeavesEverythingWithItsCaller() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Tensor.wrap(DType.I64, Shape.of(3), List.of(memory), released::incrementAndGet));
    assertThatNullPointerException()
        .isThrownBy(() -> Tensor.wrap(DType.I64, Shape.of(2), List.of(memory), null))
        .withMessage("onReleased");
    assertThat(released).hasValue(0);
    assertThat(memory.refCnt()).isOne();
    Tensor tensor = wrapped();
    assertThatIllegalArgumentException().isThrownBy(() -> tensor.retainedReshape(Shape.of(3)));
    assertThatThrownBy(() -> tensor.retainedAt(2)).isInstanceOf(IndexOutOfBoundsException.class);
    tensor.release();
    assertThat(released).hasValue(1);
  }

  @Test
  void whatItThrowsIsDropped() {
    List<Throwable> dropped = new ArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    try {
      IllegalStateException failure = new IllegalStateException("mine");
      Tensor tensor =
          Tensor.wrap(
              DType.I64,
              Shape.of(2),
              List.of(memory),
              () -> {
                throw failure;
              });
      assertThat(tensor.release()).isTrue();
      assertThat(dropped).containsExactly(failure);
    } finally {
      Hooks.resetOnErrorDropped();
    }
  }

  @Test
  void oneBufferReleasedTooOftenDoesNotKeepTheOthers() {
    ByteBuf robbed = Unpooled.directBuffer().writeLongLE(0);
    Tensor tensor =
        Tensor.wrap(DType.I64, Shape.of(3), List.of(robbed, memory), released::incrementAndGet);
    robbed.release();
    assertThatThrownBy(tensor::release).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(memory.refCnt()).isZero();
    assertThat(released).hasValue(1);
  }

  @Test
  void retainedSegmentsAreReferencesOfTheirOwn() {
    Tensor tensor = wrapped();
    assertThat(tensor.isLent()).isTrue();
    ByteBuf[] segments = tensor.retainedSegments();
    assertThat(segments).hasSize(1);
    assertThat(memory.refCnt()).isEqualTo(2);
    segments[0].release();
    assertThat(tensor.touch()).isSameAs(tensor);
    tensor.release();
    assertThat(Tensor.of(new int[1]).isLent()).isFalse();
  }

  @Test
  void runsOnceHoweverManyThreadsRelease() throws Exception {
    memory.release();
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 300; round++) {
        AtomicInteger calls = new AtomicInteger();
        ByteBuf buffer = Unpooled.directBuffer().writeLongLE(round).writeLongLE(0);
        Tensor tensor =
            Tensor.wrap(DType.I64, Shape.of(2), List.of(buffer), calls::incrementAndGet);
        tensor.retain(threads - 1);
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          results.add(
              pool.submit(
                  () -> {
                    start.await();
                    Tensor part = tensor.retainedAt(1);
                    tensor.release();
                    return part.release();
                  }));
        }
        for (Future<Boolean> result : results) {
          assertThat(result.get()).isTrue();
        }
        assertThat(calls).hasValue(1);
        assertThat(buffer.refCnt()).isZero();
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
