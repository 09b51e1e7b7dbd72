package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A lane that cannot frame a message: what may be broken is not sent, and nothing is forgotten. */
class LaneBrokenTest {

  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  private final SendCredit credit = new SendCredit();
  private final List<ByteBuf> frames = new ArrayList<>();
  private final List<Throwable> causes = new ArrayList<>();

  private final Lane<Item> lane =
      new Lane<>(
          new FrameWriter(memory, new Limits(100, 16 * 1024, 0, 0), 1024),
          credit,
          frames::add,
          causes::add);

  /** A message that is only to be framed. */
  private static final class Item extends AbstractReferenceCounted implements Outgoing {
    private final Message message;
    boolean framed;

    Item(Message message) {
      this.message = message;
    }

    @Override
    public Message message() {
      return message;
    }

    @Override
    public void framed() {
      framed = true;
    }

    @Override
    public void drop(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    protected void deallocate() {
      // the test's
    }

    @Override
    public ReferenceCounted touch(Object hint) {
      return this;
    }
  }

  @Test
  void whatIsInTheFrameIsNotSentAndCountsAsUnconfirmed() {
    credit.demanded(SendCredit.INITIAL_DEMAND);
    credit.window(4);
    credit.demanded(4);
    Item good = new Item(Message.of("good"));
    Item gone = new Item(Message.of("gone"));
    gone.message.release();

    assertThat(lane.begin(good)).isTrue();
    assertThat(lane.canBegin(gone)).isTrue();
    assertThat(lane.begin(gone)).isFalse();

    assertThat(causes).singleElement().isInstanceOf(IllegalReferenceCountException.class);
    assertThat(good.framed).isTrue();
    assertThat(gone.framed).isFalse();
    lane.flush();
    assertThat(frames).as("a frame with half a message in it").isEmpty();
    assertThat(lane.sent()).isEqualTo(1);
    assertThat(lane.inFlight()).isEqualTo(1);
    assertThat(memory.metric().usedDirectMemory()).isZero();

    assertThat(lane.abort()).as("for another peer").isSameAs(gone);
    assertThat(lane.canBegin(good)).isFalse();
    assertThat(lane.canBeginSmall(10)).isFalse();
    assertThat(lane.hasRoom()).isFalse();
    assertThat(lane.begin(good)).isFalse();
    assertThat(causes).as("told once").hasSize(1);
    good.message.release();
  }
}
