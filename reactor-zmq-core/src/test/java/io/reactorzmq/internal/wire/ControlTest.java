package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
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
    "END, 08"
  })
  void aKindIsTheFirstByte(Kind kind, String hex) {
    assertThat(Kind.of(Bytes.of(hex + "ff"))).isEqualTo(kind);
    assertThat(kind.code()).isEqualTo(Bytes.array(hex)[0]);
    assertThat(Kind.of(Bytes.of("ff" + hex).skipBytes(1))).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "09", "80", "ff"})
  void anUnknownKindIsRefused(String hex) {
    assertThatThrownBy(() -> Kind.of(Bytes.of(hex))).isInstanceOf(ProtocolException.class);
  }
}
