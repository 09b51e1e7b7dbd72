package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.message.Codec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;

/** A queue of items and values does what one of objects does. */
class SendQueueTest {

  private final SendBounds bounds = new SendBounds(0, Long.MAX_VALUE, 1);
  private final SendQueue<String> queue = new SendQueue<>();

  private SendItem<String> item(String value) {
    return SendItem.pending(bounds, Codec.utf8(), value, null);
  }

  private SendAll<String> source() {
    return new SendAll<>(
        new BaseSubscriber<Void>() {}, new SendPort<>(new SendRig<>(Codec.utf8()).router, r -> {}));
  }

  @Test
  void aValueKnowsItsSizeAndWhereItCameFrom() {
    SendAll<String> first = source();
    SendAll<String> second = source();
    queue.addSmall("a", 1, first);
    queue.addSmall("b", 2, null);
    queue.add(item("c"));
    queue.addFirstSmall("d", 4, second);
    queue.removeItems(item -> false);
    assertThat(queue.poll()).isEqualTo("d");
    assertThat(queue.source()).isSameAs(second);
    assertThat(queue.smallSize()).isEqualTo(4);
    assertThat(queue.poll()).isEqualTo("a");
    assertThat(queue.source()).isSameAs(first);
    assertThat(queue.smallSize()).isEqualTo(1);
    assertThat(queue.poll()).isEqualTo("b");
    assertThat(queue.source()).isNull();
    assertThat(queue.pollItem()).isNotNull();
    assertThat(queue.source()).isNull();
  }

  @Test
  void itIsFirstInFirstOutWhateverIsPutBack() {
    Deque<Object> model = new ArrayDeque<>();
    Random random = new Random(3);
    for (int i = 0; i < 200_000; i++) {
      String value = "v" + i;
      switch (random.nextInt(i / 1000 % 2 == 0 ? 5 : 8)) {
        case 0, 1 -> {
          queue.addSmall(value, i, null);
          model.addLast(value);
        }
        case 2 -> {
          SendItem<String> item = item(value);
          queue.add(item);
          model.addLast(item);
        }
        case 3 -> {
          queue.addFirstSmall(value, i, null);
          model.addFirst(value);
        }
        case 4 -> {
          SendItem<String> item = item(value);
          queue.addFirst(item);
          model.addFirst(item);
        }
        default -> {
          Object expected = model.poll();
          assertThat(queue.poll()).isSameAs(expected);
          if (expected instanceof String small) {
            assertThat("v" + queue.smallSize()).isEqualTo(small);
          }
        }
      }
      assertThat(queue.size()).isEqualTo(model.size());
      assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
    }
    while (!model.isEmpty()) {
      assertThat(queue.poll()).isSameAs(model.poll());
    }
    assertThat(queue.poll()).isNull();
  }

  @Test
  void onlyItemsAreRemovedAndTheRestKeepsItsOrder() {
    List<Object> kept = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String value = "v" + i;
      if (i % 3 == 0) {
        queue.addSmall(value, i, null);
        kept.add(value);
      } else {
        SendItem<String> item = item(value);
        queue.add(item);
        if (i % 2 == 0) {
          item.claim();
        } else {
          kept.add(item);
        }
      }
    }
    queue.removeItems(SendItem::isClaimed);
    assertThat(queue.size()).isEqualTo(kept.size());
    for (Object expected : kept) {
      assertThat(queue.poll()).isSameAs(expected);
    }
    assertThat(queue.isEmpty()).isTrue();
  }
}
