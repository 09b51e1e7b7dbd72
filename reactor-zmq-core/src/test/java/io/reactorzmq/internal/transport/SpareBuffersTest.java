package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which buffers a loop reads into again. */
class SpareBuffersTest {

  /** Its buffers are not followed by the leak detector, which here follows all others. */
  private final UnpooledByteBufAllocator plain = new UnpooledByteBufAllocator(true, true);

  private final SpareBuffers spares = SpareBuffers.ofLoop();

  @AfterEach
  void endOfTheLoop() {
    FastThreadLocal.removeAll();
    assertThat(plain.metric().usedDirectMemory()).as("what was kept").isZero();
  }

  @Test
  void aBufferThatNobodyWantsIsReadIntoAgain() {
    ByteBuf buffer = plain.directBuffer(2_000).writeInt(1).skipBytes(2);
    spares.giveBack(buffer);
    assertThat(spares.take(1_999)).isNull();
    assertThat(spares.take(2_001)).isNull();
    ByteBuf again = spares.take(2_000);
    assertThat(again).isSameAs(buffer);
    assertThat(again.writableBytes()).isEqualTo(2_000);
    assertThat(again.refCnt()).isEqualTo(1);
    assertThat(spares.take(2_000)).isNull();
    again.release();
  }

  @Test
  void aBufferThatSomebodyKeepsIsLeftToHim() {
    ByteBuf buffer = plain.directBuffer(2_000);
    ByteBuf kept = buffer.retainedSlice(0, 10);
    spares.giveBack(buffer);
    assertThat(spares.take(2_000)).isNull();
    kept.release();
    assertThat(buffer.refCnt()).isZero();
  }

  @Test
  void anotherMakesRoom() {
    ByteBuf[] all = new ByteBuf[5];
    for (int i = 0; i < all.length; i++) {
      all[i] = plain.directBuffer(2_000 + i);
      spares.giveBack(all[i]);
    }
    assertThat(all[0].refCnt()).isZero();
    for (int i = 1; i < all.length; i++) {
      ByteBuf spare = spares.take(2_000 + i);
      assertThat(spare).isSameAs(all[i]);
      spare.release();
    }
  }

  @Test
  void onlyPlainDirectMemoryOfAUsualSizeIsASpare() {
    ByteBuf plainOne = plain.directBuffer(1_024);
    ByteBuf small = plain.directBuffer(1_023);
    ByteBuf large = plain.directBuffer(512 * 1024 + 1);
    ByteBuf heap = plain.heapBuffer(2_000);
    ByteBuf composite = plain.compositeBuffer().addComponent(true, plain.directBuffer(2_000));
    ByteBuf followed = PooledByteBufAllocator.DEFAULT.directBuffer(2_000);
    assertThat(SpareBuffers.isSpare(plainOne)).isTrue();
    assertThat(SpareBuffers.isSpare(plainOne.slice())).isFalse();
    for (ByteBuf other : new ByteBuf[] {small, large, heap, composite, followed}) {
      assertThat(SpareBuffers.isSpare(other)).as(other.toString()).isFalse();
      other.release();
    }
    assertThat(SpareBuffers.isSpare(Unpooled.EMPTY_BUFFER)).isFalse();
    plainOne.release();
  }
}
