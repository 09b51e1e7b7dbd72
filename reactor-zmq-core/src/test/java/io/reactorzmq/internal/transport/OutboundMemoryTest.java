package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which buffers a loop keeps for what its connections send. */
class OutboundMemoryTest {

  /** Its buffers are not followed by the leak detector, which here follows all others. */
  private final UnpooledByteBufAllocator plain = new UnpooledByteBufAllocator(true, true);

  private final EventLoop loop = new DefaultEventLoop();
  private final OutboundMemory memory = new OutboundMemory(plain, loop);

  @AfterEach
  void end() {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    assertThat(plain.metric().usedDirectMemory()).as("what was kept").isZero();
  }

  private <T> T onLoop(Callable<T> task) {
    return loop.submit(task).syncUninterruptibly().getNow();
  }

  @Test
  void aBufferThatWasWrittenIsUsedAgain() {
    onLoop(
        () -> {
          ByteBuf first = memory.directBuffer(10, 20).writeInt(1);
          ByteBuf second = memory.directBuffer(OutboundMemory.KEPT_BYTES);
          assertThat(second).isNotSameAs(first);
          first.readByte();
          first.release();
          assertThat(first.refCnt()).as("kept").isEqualTo(1);
          ByteBuf again = memory.buffer();
          assertThat(again).isSameAs(first);
          assertThat(again.isReadable()).isFalse();
          assertThat(again.readerIndex()).isZero();
          assertThat(again.refCnt()).isEqualTo(2);
          again.release();
          second.release();
          return null;
        });
    assertThat(plain.metric().usedDirectMemory()).isEqualTo(2L * OutboundMemory.KEPT_BYTES);
  }

  @Test
  void whatIsStillReadIsNotUsedAgain() {
    onLoop(
        () -> {
          ByteBuf frame = memory.directBuffer(10).writeInt(7);
          ByteBuf slice = frame.slice().retain();
          frame.release();
          ByteBuf next = memory.directBuffer(10).writeInt(8);
          assertThat(slice.getInt(0)).isEqualTo(7);
          slice.release();
          next.release();
          return null;
        });
  }

  @Test
  void onlySoManyAreKept() {
    List<ByteBuf> all = new ArrayList<>();
    onLoop(
        () -> {
          for (int i = 0; i < 20; i++) {
            all.add(memory.directBuffer(10, 20));
          }
          assertThat(all.stream().skip(8).map(ByteBuf::capacity)).containsOnly(10);
          assertThat(all.stream().skip(8).map(ByteBuf::maxCapacity)).containsOnly(20);
          all.forEach(ByteBuf::release);
          return null;
        });
    assertThat(all.stream().filter(buffer -> buffer.refCnt() == 1)).hasSize(8);
  }

  @Test
  void aBufferThatHasGrownIsGivenAway() {
    onLoop(
        () -> {
          ByteBuf buffer = memory.buffer();
          buffer.writeZero(OutboundMemory.KEPT_BYTES + 1);
          buffer.release();
          ByteBuf next = memory.buffer();
          next.release();
          assertThat(next.refCnt()).isZero();
          ByteBuf kept = memory.buffer();
          assertThat(kept.capacity()).isEqualTo(OutboundMemory.KEPT_BYTES);
          kept.release();
          assertThat(kept.refCnt()).isEqualTo(1);
          return null;
        });
  }

  @Test
  void largerOnesAndThoseOfOtherThreadsAreTheAllocators() {
    ByteBuf elsewhere = memory.directBuffer(10, 20);
    assertThat(elsewhere.maxCapacity()).isEqualTo(20);
    elsewhere.release();
    onLoop(
        () -> {
          ByteBuf larger = memory.directBuffer(OutboundMemory.KEPT_BYTES + 1);
          larger.release();
          assertThat(larger.refCnt()).isZero();
          ByteBuf heap = memory.heapBuffer(10);
          assertThat(heap.isDirect()).isFalse();
          heap.release();
          return null;
        });
    assertThat(plain.metric().usedDirectMemory()).isZero();
  }

  @Test
  void whatTheLeakDetectorFollowsIsNotKept() {
    for (ByteBufAllocator followed :
        new ByteBufAllocator[] {
          PooledByteBufAllocator.DEFAULT, new UnpooledByteBufAllocator(true)
        }) {
      OutboundMemory tracked = new OutboundMemory(followed, loop);
      onLoop(
          () -> {
            ByteBuf buffer = tracked.directBuffer(10);
            assertThat(buffer.capacity()).isEqualTo(10);
            buffer.release();
            assertThat(buffer.refCnt()).isZero();
            return null;
          });
    }
  }

  @Test
  void withoutMemoryForALongOneThereIsAShortOne() {
    AbstractByteBufAllocator poor =
        new AbstractByteBufAllocator(true) {
          @Override
          protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (initialCapacity > 1_000) {
              throw new OutOfMemoryError("no memory left, says the test");
            }
            return plain.directBuffer(initialCapacity, maxCapacity);
          }

          @Override
          protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new AssertionError();
          }

          @Override
          public boolean isDirectBufferPooled() {
            return false;
          }
        };
    OutboundMemory memory = new OutboundMemory(poor, loop);
    onLoop(
        () -> {
          ByteBuf buffer = memory.directBuffer(10);
          assertThat(buffer.capacity()).isEqualTo(10);
          buffer.release();
          return null;
        });
  }

  @Test
  void anAllocatorWithoutSuchBuffersIsSeldomAsked() {
    AtomicInteger large = new AtomicInteger();
    AbstractByteBufAllocator followed =
        new AbstractByteBufAllocator(true) {
          @Override
          protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            large.addAndGet(initialCapacity == OutboundMemory.KEPT_BYTES ? 1 : 0);
            return PooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
          }

          @Override
          protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new AssertionError();
          }

          @Override
          public boolean isDirectBufferPooled() {
            return true;
          }
        };
    OutboundMemory tracked = new OutboundMemory(followed, loop);
    onLoop(
        () -> {
          for (int i = 0; i < 2_500; i++) {
            tracked.directBuffer(10).release();
          }
          return null;
        });
    assertThat(large).hasValue(3);
  }
}
