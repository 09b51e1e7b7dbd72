package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.Subscriptions.Subscribed;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The control payloads between SUB and PUB, at each limit and one beyond it. */
class SubscriptionsTest {

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Queue<Subscription> waiting = new ArrayDeque<>();

  @AfterEach
  void everythingIsReleased() {
    assertThat(Bytes.live(alloc)).isZero();
  }

  private static String text(Subscription subscription) {
    return subscription.id() + ":" + HexFormat.of().formatHex(subscription.prefix());
  }

  private void subscribe(long id, int bytes) {
    waiting.add(new Subscription(id, new byte[bytes]));
  }

  @ParameterizedTest
  @CsvSource({
    "1:, 03 01 00",
    "1:6162, 03 01 02 6162",
    "128:ff 2: 128:00, 03 8001 01 ff 02 00 8001 01 00",
    "9223372036854775807:61, 03 ffffffffffffffff7f 01 61"
  })
  void subscribeAndRead(String subscriptions, String hex) {
    String[] all = subscriptions.split(" ");
    for (String each : all) {
      String[] fields = each.split(":", 2);
      waiting.add(new Subscription(Long.parseLong(fields[0]), Bytes.array(fields[1])));
    }
    ByteBuf encoded = Subscriptions.subscribe(alloc, waiting);
    assertThat(waiting).isEmpty();
    assertThat(Subscriptions.readSubscribe(encoded))
        .extracting(SubscriptionsTest::text)
        .containsExactly(all);
    assertThat(Kind.of(encoded)).isEqualTo(Kind.SUBSCRIBE);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex.replace(" ", ""));
  }

  @Test
  void subscribeTakesAThousand() {
    for (int i = 1; i <= 2001; i++) {
      subscribe(i, 0);
    }
    for (int left : new int[] {1001, 1, 0}) {
      int before = waiting.size();
      ByteBuf encoded = Subscriptions.subscribe(alloc, waiting);
      assertThat(waiting).hasSize(left);
      List<Subscription> read = Subscriptions.readSubscribe(encoded);
      assertThat(read).hasSize(before - left);
      assertThat(read.get(0).id()).isEqualTo(2002 - before);
      if (left > 0) {
        assertThat(read).hasSize(Subscriptions.MAX_IDS);
        encoded.writeByte(1).writeByte(0);
        assertThatThrownBy(() -> Subscriptions.readSubscribe(encoded))
            .isInstanceOf(ProtocolException.class)
            .hasMessage("a SUBSCRIBE has more than 1000 subscriptions");
      }
      encoded.release();
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1"})
  void subscribeTakesWhatFits(int more, int left) {
    for (int i = 1; i <= 15; i++) {
      subscribe(i, 1024);
    }
    subscribe(16, 16 * 1024 - 1 - 15 * (1 + 2 + 1024) - 3 + more); // the last byte, or one too many
    ByteBuf encoded = Subscriptions.subscribe(alloc, waiting);
    assertThat(waiting).hasSize(left);
    assertThat(encoded.readableBytes()).isLessThanOrEqualTo(Subscriptions.MAX_SUBSCRIBE_BYTES);
    assertThat(encoded.readableBytes() == Subscriptions.MAX_SUBSCRIBE_BYTES).isEqualTo(left == 0);
    assertThat(Subscriptions.readSubscribe(encoded)).hasSize(16 - left);
    encoded.release();
  }

  @Test
  void aSubscribeHasAtMost16384Bytes() {
    ByteBuf encoded = alloc.buffer().writeByte(3);
    for (int i = 0; i < 15; i++) {
      encoded.writeBytes(Bytes.array("01 8008")).writeZero(1024);
    }
    int rest = Subscriptions.MAX_SUBSCRIBE_BYTES - encoded.writerIndex() - 3;
    encoded.writeByte(1);
    Varint.write(encoded, rest);
    encoded.writeZero(rest);
    assertThat(encoded.readableBytes()).isEqualTo(Subscriptions.MAX_SUBSCRIBE_BYTES);
    assertThat(Subscriptions.readSubscribe(encoded)).hasSize(16);
    encoded.writeByte(1);
    assertThatThrownBy(() -> Subscriptions.readSubscribe(encoded))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a SUBSCRIBE has 16385 bytes, at most 16384 are allowed");
    encoded.release();
  }

  @Test
  void aPrefixHasAtMost1024Bytes() {
    ByteBuf most = Bytes.of("03 01 8008" + Bytes.repeat("61", 1024));
    assertThat(Subscriptions.readSubscribe(most)).singleElement();
    ByteBuf more = Bytes.of("03 01 8108" + Bytes.repeat("61", 1025));
    assertThatThrownBy(() -> Subscriptions.readSubscribe(more))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a prefix has 1025 bytes, at most 1024 are allowed and 1025 are left");
  }

  @ParameterizedTest
  @CsvSource({
    "03, a SUBSCRIBE has no subscription",
    "03 00 00, 'a subscription''s id is 1 or more, not 0'",
    "03 01, ends within a varint",
    "03 80, ends within a varint",
    "03 8000 00, not the fewest possible",
    "03 80808080808080808001 00, more than 63 bits",
    "03 01 01, 'a prefix has 1 bytes, at most 1024 are allowed and 0 are left'",
    "03 01 8080808008, above 2147483647",
    "03 01 00 02, ends within a varint",
    "03 01 00 00 00, 'a subscription''s id is 1 or more, not 0'",
    "05 01, 'of kind UNSUBSCRIBE, expected SUBSCRIBE'"
  })
  void aMalformedSubscribeIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Subscriptions.readSubscribe(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  private static long[] ids(String ids) {
    return Arrays.stream(ids.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 04 01 01",
    "300, 1 127 128, 04 ac02 01 7f 8001",
    "9223372036854775807, 9223372036854775807, 04 ffffffffffffffff7f ffffffffffffffff7f"
  })
  void subscribed(long next, String text, String hex) {
    long[] ids = ids(text);
    ByteBuf encoded = Subscriptions.subscribed(alloc, next, ids, ids.length);
    Subscribed read = Subscriptions.readSubscribed(encoded);
    assertThat(read.next()).isEqualTo(next);
    assertThat(read.ids()).containsExactly(ids);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex.replace(" ", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 05 01",
    "3 1 3, 05 03 01 03",
    "127 128 16384, 05 7f 8001 808001",
    "9223372036854775807, 05 ffffffffffffffff7f"
  })
  void unsubscribe(String text, String hex) {
    long[] ids = ids(text);
    ByteBuf encoded = Subscriptions.unsubscribe(alloc, ids, ids.length);
    assertThat(Subscriptions.readUnsubscribe(encoded)).containsExactly(ids);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex.replace(" ", ""));
  }

  @Test
  void theyNameAsManyAsTheyAreTold() {
    long[] ids = {5, 6, 7};
    assertThat(Bytes.hex(Subscriptions.unsubscribe(alloc, ids, 2))).isEqualTo("05" + "0506");
    assertThat(Bytes.hex(Subscriptions.subscribed(alloc, 9, ids, 2))).isEqualTo("0409" + "0506");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 128, Long.MAX_VALUE})
  void theyNameUpToAThousand(long id) {
    long[] ids = new long[Subscriptions.MAX_IDS];
    Arrays.fill(ids, id);
    ByteBuf subscribed = Subscriptions.subscribed(alloc, id, ids, ids.length);
    assertThat(subscribed.capacity()).as("asked for at once").isEqualTo(1 + 9 + 9 * ids.length);
    assertThat(Subscriptions.readSubscribed(subscribed).ids()).isEqualTo(ids);
    ByteBuf unsubscribe = Subscriptions.unsubscribe(alloc, ids, ids.length);
    assertThat(unsubscribe.capacity()).as("asked for at once").isEqualTo(1 + 9 * ids.length);
    assertThat(Subscriptions.readUnsubscribe(unsubscribe)).isEqualTo(ids);
    Varint.write(subscribed, id);
    Varint.write(unsubscribe, id);
    assertThatThrownBy(() -> Subscriptions.readSubscribed(subscribed))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a payload of kind SUBSCRIBED names more than 1000 subscriptions");
    assertThatThrownBy(() -> Subscriptions.readUnsubscribe(unsubscribe))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a payload of kind UNSUBSCRIBE names more than 1000 subscriptions");
    subscribed.release();
    unsubscribe.release();
  }

  @ParameterizedTest
  @CsvSource({
    "04, ends within a varint",
    "04 00 01, 'a message''s number is 1 or more, not 0'",
    "04 01, SUBSCRIBED names no subscription",
    "04 01 00, 'a subscription''s id is 1 or more, not 0'",
    "04 01 01 80, ends within a varint",
    "04 8000 01, not the fewest possible",
    "04 80808080808080808001 01, more than 63 bits",
    "03 01 00, 'of kind SUBSCRIBE, expected SUBSCRIBED'"
  })
  void aMalformedSubscribedIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Subscriptions.readSubscribed(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "05, UNSUBSCRIBE names no subscription",
    "05 00, 'a subscription''s id is 1 or more, not 0'",
    "05 01 ff, ends within a varint",
    "05 80808080808080808001, more than 63 bits",
    "04 01 01, 'of kind SUBSCRIBED, expected UNSUBSCRIBE'"
  })
  void aMalformedUnsubscribeIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Subscriptions.readUnsubscribe(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }
}
