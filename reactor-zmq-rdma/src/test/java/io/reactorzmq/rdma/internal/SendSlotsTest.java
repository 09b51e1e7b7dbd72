package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What stands for messages and fetches while UCX has them. */
class SendSlotsTest {

  private final SendSlots slots = new SendSlots();

  @Test
  void eachSlotHasAHeaderOfItsOwn() {
    Set<Long> headers = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      headers.add(slots.header(slots.take(null)));
    }
    assertThat(headers).hasSize(200);
    assertThat(slots.count()).isEqualTo(200);
    assertThat(headers)
        .allSatisfy(
            one ->
                assertThat(headers)
                    .noneMatch(other -> other > one && other < one + AmHeader.MAX_BYTES));
    slots.close();
  }

  @Test
  void aSlotHoldsItsBuffersUntilItIsFreeAndIsTakenAgain() {
    ByteBuf frame = UnpooledByteBufAllocator.DEFAULT.directBuffer(300).writeZero(300).setByte(0, 7);
    ByteBuf extra = Unpooled.directBuffer(10);
    int slot = slots.take(null);
    slots.copyHead(slot, frame, AmHeader.MAX_HEAD);
    assertThat(Memory.getByte(slots.header(slot) + AmHeader.HEAD)).isEqualTo((byte) 7);
    slots.hold(slot, frame, extra);
    assertThat(frame.refCnt()).isEqualTo(1);
    slots.release(slot);
    assertThat(frame.refCnt()).isZero();
    assertThat(extra.refCnt()).isZero();
    assertThat(slots.count()).isZero();
    assertThat(slots.take(null)).isEqualTo(slot);
    slots.close();
  }

  @Test
  void fetchesAreFoundByTheirNumbers() {
    Fetches fetches = new Fetches();
    Arriving[] frames = new Arriving[100];
    int[] numbers = new int[100];
    for (int i = 0; i < 100; i++) {
      frames[i] = new Arriving(null);
      numbers[i] = fetches.begin(frames[i]);
    }
    assertThat(fetches.count()).isEqualTo(100);
    for (int i = 0; i < 100; i++) {
      assertThat(fetches.end(numbers[i])).isSameAs(frames[i]);
    }
    assertThat(fetches.count()).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> fetches.end(numbers[3]))
        .withMessage("no fetch has the number " + numbers[3]);
    assertThat(fetches.begin(frames[0])).isLessThan(100);
  }
}
