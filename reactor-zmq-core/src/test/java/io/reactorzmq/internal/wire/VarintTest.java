package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ProtocolException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VarintTest {

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "1, 01",
    "127, 7f",
    "128, 8001",
    "300, ac02",
    "16383, ff7f",
    "16384, 808001",
    "2097151, ffff7f",
    "2097152, 80808001",
    "268435455, ffffff7f",
    "268435456, 8080808001",
    "2147483647, ffffffff07",
    "2147483648, 8080808008",
    "34359738367, ffffffff7f",
    "34359738368, 808080808001",
    "4398046511103, ffffffffff7f",
    "4398046511104, 80808080808001",
    "562949953421311, ffffffffffff7f",
    "562949953421312, 8080808080808001",
    "72057594037927935, ffffffffffffff7f",
    "72057594037927936, 808080808080808001",
    "9223372036854775807, ffffffffffffffff7f"
  })
  void aValueHasOneEncoding(long value, String hex) {
    ByteBuf out = Unpooled.buffer();
    Varint.write(out, value);
    assertThat(Bytes.hex(out)).isEqualTo(hex);
    assertThat(Varint.size(value)).isEqualTo(hex.length() / 2);

    ByteBuf in = Bytes.of(hex + "55");
    assertThat(Varint.readLong(in)).isEqualTo(value);
    assertThat(in.readableBytes()).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8000", "8100", "808000", "ff00", "ffffffffffffffff00"})
  void anOverlongEncodingIsRefused(String hex) {
    assertThatThrownBy(() -> Varint.readLong(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(hex.length() / 2 + " bytes, not the fewest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"80808080808080808001", "ffffffffffffffffff7f", "ffffffffffffffffff"})
  void moreThan63BitsAreRefused(String hex) {
    assertThatThrownBy(() -> Varint.readLong(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("more than 63 bits");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "80", "ffff", "ffffffffffffffff"})
  void aTruncatedValueIsRefused(String hex) {
    assertThatThrownBy(() -> Varint.readLong(Bytes.of(hex)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("ends within a varint");
  }

  @Test
  void anIntIsBelowTwoToThe31() {
    assertThat(Varint.readInt(Bytes.of("ffffffff07"))).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> Varint.readInt(Bytes.of("8080808008")))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("2147483648")
        .hasMessageContaining("2147483647");
  }

  @Test
  void aNegativeValueIsTheCallersMistake() {
    ByteBuf out = Unpooled.buffer();
    assertThatThrownBy(() -> Varint.write(out, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Varint.size(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(out.isReadable()).isFalse();
  }
}
