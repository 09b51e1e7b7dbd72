package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlTest {

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();

  @AfterEach
  void everythingIsReleased() {
    assertThat(Bytes.live(alloc)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 16384, 0, 0, 01 01 808001 00 00",
    "250, 262144, 67108864, 1000, 01 fa01 808010 80808020 e807",
    "2147483647, 8388608, 9223372036854775807, 2147483647,"
        + " 01 ffffffff07 80808004 ffffffffffffffff7f ffffffff07"
  })
  void open(int messages, int frame, long size, int inFlight, String hex) {
    Limits limits = new Limits(messages, frame, size, inFlight);
    ByteBuf encoded = Control.open(alloc, limits);
    assertThat(Control.readOpen(encoded)).isEqualTo(limits);
    assertThat(Kind.of(encoded)).isEqualTo(Kind.OPEN);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex.replace(" ", ""));
  }

  @ParameterizedTest
  @CsvSource({"0, 0600", "1, 0601", "8, 0608", "128, 068001", "2147483647, 06ffffffff07"})
  void window(int k, String hex) {
    ByteBuf encoded = Control.window(alloc, k);
    assertThat(Control.readWindow(encoded)).isEqualTo(k);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex);
  }

  @Test
  void leave() {
    ByteBuf encoded = Control.leave(alloc);
    assertThatNoException().isThrownBy(() -> Control.readLeave(encoded));
    assertThat(Bytes.hex(encoded)).isEqualTo("07");
  }

  @Test
  void end() {
    ByteBuf encoded = Control.end(alloc);
    assertThatNoException().isThrownBy(() -> Control.readEnd(encoded));
    assertThat(Bytes.hex(encoded)).isEqualTo("08");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 09 01",
    "1 2 3, 09 01 02 03",
    "3 1 3, 09 03 01 03",
    "127 128 16384, 09 7f 8001 808001",
    "9223372036854775807, 09 ffffffffffffffff7f"
  })
  void cancel(String ids, String hex) {
    long[] all = Arrays.stream(ids.split(" ")).mapToLong(Long::parseLong).toArray();
    ByteBuf encoded = Control.cancel(alloc, all, all.length);
    assertThat(Control.readCancel(encoded)).containsExactly(all);
    assertThat(Kind.of(encoded)).isEqualTo(Kind.CANCEL);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex.replace(" ", ""));
  }

  @Test
  void cancelNamesAsManyAsItIsTold() {
    ByteBuf encoded = Control.cancel(alloc, new long[] {5, 6, 7}, 2);
    assertThat(Bytes.hex(encoded)).isEqualTo("09" + "0506");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 127, 128, Long.MAX_VALUE})
  void cancelNamesUpToAThousand(long id) {
    long[] ids = new long[Control.MAX_CANCELS];
    Arrays.fill(ids, id);
    ByteBuf encoded = Control.cancel(alloc, ids, ids.length);
    assertThat(encoded.capacity()).as("asked for at once").isEqualTo(1 + 9 * ids.length);
    assertThat(Control.readCancel(encoded)).isEqualTo(ids);
    Varint.write(encoded, id);
    assertThatThrownBy(() -> Control.readCancel(encoded))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a CANCEL names more than 1000 requests");
    encoded.release();
  }

  @ParameterizedTest
  @CsvSource({"1, 0a01", "128, 0a8001", "9223372036854775807, 0affffffffffffffff7f"})
  void fetch(long id, String hex) {
    ByteBuf encoded = Control.fetch(alloc, id);
    assertThat(encoded.capacity()).isEqualTo(hex.length() / 2);
    assertThat(Control.readFetch(encoded)).isEqualTo(id);
    assertThat(encoded.readerIndex()).isZero();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex);
  }

  @Test
  void openMayGrowByFields() {
    Limits limits = Control.readOpen(Bytes.of("01 01 808001 00 00 40 00 7f 02 abcd"));
    assertThat(limits).isEqualTo(new Limits(1, 16384, 0, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "01, ends within a varint",
    "01 01 808001 00, ends within a varint",
    "01 00 808001 00 00, maxMessagesPerFrame is 0",
    "01 01 ff7f 00 00, maxFrameBytes is 16383",
    "01 01 81808004 00 00, maxFrameBytes is 8388609",
    "01 8080808008 808001 00 00, above 2147483647",
    "01 01 808001 00 8080808008, above 2147483647",
    "01 01 808001 80808080808080808001 00, more than 63 bits",
    "01 01 808001 00 00 40, ends within a varint",
    "01 01 808001 00 00 40 03 0000, only 2 are left",
    "01 01 808001 00 00 c0 00, field 0xc0 must be understood"
  })
  void aMalformedOpenIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Control.readOpen(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "06, ends within a varint",
    "06 8080808008, above 2147483647",
    "06 01 00, 1 bytes too many in WINDOW",
    "06 01 0000, 2 bytes too many in WINDOW",
    "07, 'of kind LEAVE, expected WINDOW'"
  })
  void aMalformedWindowIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Control.readWindow(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "09, names no request",
    "09 00, a correlation id is 1 or more",
    "09 01 00, a correlation id is 1 or more",
    "09 80, ends within a varint",
    "09 01 ff, ends within a varint",
    "09 8000, not the fewest possible",
    "09 80808080808080808001, more than 63 bits",
    "0a 01, 'of kind FETCH, expected CANCEL'"
  })
  void aMalformedCancelIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Control.readCancel(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "0a, ends within a varint",
    "0a 00, a correlation id is 1 or more",
    "0a 80, ends within a varint",
    "0a 01 00, 1 bytes too many in FETCH",
    "0a 80808080808080808001, more than 63 bits",
    "09 01, 'of kind CANCEL, expected FETCH'"
  })
  void aMalformedFetchIsRefused(String hex, String reason) {
    assertThatThrownBy(() -> Control.readFetch(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aMalformedLeaveOrEndIsRefused() {
    assertThatThrownBy(() -> Control.readLeave(Bytes.of("07 00")))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("1 bytes too many in LEAVE");
    assertThatThrownBy(() -> Control.readLeave(Bytes.of("01")))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("of kind OPEN, expected LEAVE");
    assertThatThrownBy(() -> Control.readEnd(Bytes.of("08 00")))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("1 bytes too many in END");
    assertThatThrownBy(() -> Control.readEnd(Bytes.of("07")))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("of kind LEAVE, expected END");
  }

  @Test
  void aNegativeWindowIsTheCallersMistake() {
    assertThatThrownBy(() -> Control.window(alloc, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "OPEN, 01",
    "DATA, 02",
    "SUBSCRIBE, 03",
    "SUBSCRIBED, 04",
    "UNSUBSCRIBE, 05",
    "WINDOW, 06",
    "LEAVE, 07",
    "END, 08",
    "CANCEL, 09",
    "FETCH, 0a"
  })
  void aKindIsTheFirstByte(Kind kind, String hex) {
    assertThat(Kind.of(Bytes.of(hex + "ff"))).isEqualTo(kind);
    assertThat(kind.code()).isEqualTo(Bytes.array(hex)[0]);
    assertThat(Kind.of(Bytes.of("ff" + hex).skipBytes(1))).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "0b", "80", "ff"})
  void anUnknownKindIsRefused(String hex) {
    assertThatThrownBy(() -> Kind.of(Bytes.of(hex))).isInstanceOf(ProtocolException.class);
  }
}
