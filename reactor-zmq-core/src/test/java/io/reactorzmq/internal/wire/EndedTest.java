package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.message.Message;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class EndedTest {

  private final Message first = Message.of("first");
  private final Message second = Message.of("second");
  private final Object[] elements = {first, second, null};
  private final Ended<Message> ended = new EndedElements<>(elements, 2, true);

  @Test
  void elementsAreTakenInOrderAndNotKept() {
    assertThat(ended.take()).isSameAs(first);
    assertThat(elements).as("it may be large").containsExactly(null, second, null);
    assertThat(ended.hasNext()).isTrue();
    assertThat(ended.take()).isSameAs(second);
    assertThat(elements).containsOnlyNulls();
    assertThat(ended.hasNext()).isFalse();
    assertThat(ended.size()).as("in the beginning").isEqualTo(2);
    assertThatThrownBy(ended::take).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void onlyWhatIsLeftIsReleased() {
    ended.take();
    ended.release();
    assertThat(first.refCnt()).isOne();
    assertThat(second.refCnt()).isZero();
    ended.release();
    assertThat(ended.hasNext()).isFalse();
  }

  @Test
  void elementsOfEachKindAreReleased() {
    Ended<Object> mixed =
        new EndedElements<>(
            new Object[] {new Numbered(1, false, first), new WireRecord.Request(1, second)},
            2,
            false);
    mixed.release();
    assertThat(first.refCnt()).isZero();
    assertThat(second.refCnt()).isZero();
  }
}
