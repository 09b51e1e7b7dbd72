package io.reactorzmq.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.ProtocolException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HelloTest {

  private static final String ID = "00112233445566778899aabbccddeeff";
  private static final SocketId SOCKET_ID = new SocketId(0x0011223344556677L, 0x8899aabbccddeeffL);
  private static final String ROLE = "81 01 05";
  private static final String SOCKET = "82 10" + ID;

  @Test
  void theShortest() {
    Hello hello = new Hello(1, 0, Role.PUSH, new byte[0], SOCKET_ID, 0, 0);
    assertRoundTrip(hello, "01 00" + ROLE + SOCKET + "03 01 00");
  }

  @Test
  void theFullest() {
    Hello hello =
        new Hello(1, 0, Role.PAIR, "left".getBytes(UTF_8), SOCKET_ID, 300, 0x8000000000000001L);
    assertRoundTrip(
        hello, "01 00 81 01 07" + SOCKET + "03 02 ac02 04 04 6c656674 05 08 8000000000000001");
  }

  @Test
  void theLongestRoutingIdAndTheLargestIndex() {
    Hello hello = new Hello(1, 0, Role.REP, new byte[255], SOCKET_ID, Integer.MAX_VALUE, 0);
    assertRoundTrip(
        hello, "01 00 81 01 02" + SOCKET + "03 05 ffffffff07 04 ff01" + Bytes.repeat("00", 255));
  }

  private static void assertRoundTrip(Hello hello, String hex) {
    UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
    ByteBuf encoded = hello.encode(alloc);
    int reader = encoded.readerIndex();
    Hello decoded = Hello.decode(encoded);
    assertThat(decoded).isEqualTo(hello).hasSameHashCodeAs(hello);
    assertThat(encoded.readerIndex()).isEqualTo(reader);
    assertThat(encoded.refCnt()).isOne();
    assertThat(Bytes.hex(encoded)).isEqualTo(hex.replace(" ", ""));
    assertThat(Bytes.live(alloc)).isZero();
  }

  @Test
  void onlyRoleAndSocketIdAreMandatory() {
    assertThat(decode("01 00" + SOCKET + ROLE))
        .isEqualTo(new Hello(1, 0, Role.PUSH, new byte[0], SOCKET_ID, 0, 0));
    assertThatThrownBy(() -> decode("01 00" + ROLE))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("0x82 is missing");
    assertThatThrownBy(() -> decode("01 00" + SOCKET))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("0x81 is missing");
  }

  @Test
  void aLaterMinorVersionMayAddFields() {
    Hello hello = decode("01 07 60 02 abcd" + ROLE + "60 00" + SOCKET + "7f 01 ff");
    assertThat(hello.minor()).isEqualTo(7);
    assertThat(hello.role()).isEqualTo(Role.PUSH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"80 00", "83 01 00", "ff 00"})
  void anUnknownFieldThatMustBeUnderstoodIsRefused(String field) {
    assertThatThrownBy(() -> decode("01 00" + ROLE + SOCKET + field))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("field 0x" + field.substring(0, 2))
        .hasMessageContaining("must be understood");
  }

  @ParameterizedTest
  @CsvSource({"2, 2.9", "0, 0.9", "255, 255.9"})
  void anotherMajorVersionIsRefusedByName(int major, String version) {
    assertThatThrownBy(() -> decode(String.format("%02x 09", major)))
        .isInstanceOf(HandshakeException.class)
        .hasMessage("the peer speaks wire profile " + version + ", this side 1.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "81 01 05 81 01 05" + "82 10" + ID,
        "81 01 05 82 10" + ID + "82 10" + ID,
        "81 01 05 82 10" + ID + "03 01 00 03 01 00",
        "81 01 05 82 10" + ID + "04 00 04 00",
        "81 01 05 82 10" + ID + "05 08 0000000000000000 05 08 0000000000000000",
        "81 01 05 82 10" + ID + "06 01 61 06 01 61",
        "81 01 05 82 10" + ID + "86 01 61 86 01 61",
        "81 01 05 82 10" + ID + "07 00 07 00"
      })
  void aRepeatedFieldIsRefused(String fields) {
    assertThatThrownBy(() -> decode("01 00" + fields))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("is repeated");
  }

  @ParameterizedTest
  @CsvSource({
    "81 00, field 0x81 has 0 bytes",
    "81 02 0505, field 0x81 has 2 bytes",
    "82 0f 00112233445566778899aabbccddee, field 0x82 has 15 bytes",
    "82 11 00112233445566778899aabbccddeeff00, field 0x82 has 17 bytes",
    "03 00, ends within a varint",
    "03 02 0000, bytes follow the connection index",
    "03 05 8080808008, above 2147483647",
    "05 07 00000000000000, field 0x05 has 7 bytes",
    "05 09 000000000000000000, field 0x05 has 9 bytes",
    "06 00, the wanted scheme has 0 bytes; it must be 1 to 32 lower-case letters and digits",
    "06 01 41, the wanted scheme has 1 bytes",
    "86 02 612d, the wanted scheme has 2 bytes",
    "06 01 61 86 01 61, the Hello has both field 0x06 and field 0x86",
    "07 01 00, an alternate has 0 bytes; it must have 1 to 255 and fit its field",
    "07 02 0261, an alternate has 2 bytes",
    "07 01 80, ends within a varint",
    "07 12 0161 0161 0161 0161 0161 0161 0161 0161 0161, names more than 8 alternates",
    "60, ends within a varint",
    "60 02 00, 'has 2 bytes, only 1 are left'"
  })
  void aMalformedFieldIsRefused(String field, String reason) {
    String others = field.startsWith("81") ? SOCKET : field.startsWith("82") ? ROLE : ROLE + SOCKET;
    assertThatThrownBy(() -> decode("01 00" + others + field))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aRoutingIdOf256BytesIsRefused() {
    assertThatThrownBy(() -> decode("01 00" + ROLE + SOCKET + "04 8002" + Bytes.repeat("41", 256)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("256 bytes, more than 255");
    assertThatThrownBy(() -> new Hello(1, 0, Role.REQ, new byte[256], SOCKET_ID, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("255");
    assertThatThrownBy(() -> new Hello(1, 0, Role.REQ, new byte[0], SOCKET_ID, -1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"a, false", "alt9, true", "rdma, false"})
  void aWishIsReadAsItIsWritten(String scheme, boolean required) {
    Hello hello = hello(new Hello.Wants(scheme, required), List.of());
    assertRoundTrip(
        hello,
        "01 01 81 01 05 82 10"
            + ID
            + "03 01 00"
            + (required ? "86" : "06")
            + Bytes.hex(varint(scheme.length()))
            + Bytes.hex(Unpooled.copiedBuffer(scheme, UTF_8)));
  }

  @Test
  void alternatesAreReadAsTheyAreWritten() {
    String longest = "alt://" + "h".repeat(Hello.MAX_ALTERNATE_BYTES - 6);
    List<String> all = new ArrayList<>(Collections.nCopies(Hello.MAX_ALTERNATES, longest));
    all.set(1, "rdma://a:1");
    all.set(2, "rdma://b:2");
    Hello hello = hello(null, all);
    UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
    ByteBuf encoded = hello.encode(alloc);
    Hello read = Hello.decode(encoded);
    encoded.release();
    assertThat(Bytes.live(alloc)).isZero();
    assertThat(read).isEqualTo(hello);
    assertThat(read.alternate("rdma")).isEqualTo("rdma://a:1");
    assertThat(read.alternate("alt")).isEqualTo(longest);
    assertThat(read.alternate("al")).isNull();
  }

  @Test
  void wishesAndAlternatesHaveLimits() {
    String scheme = "a".repeat(Hello.MAX_SCHEME_BYTES);
    assertThat(decode("01 01" + ROLE + SOCKET + "06 20" + Bytes.repeat("61", 32)).wants())
        .isEqualTo(new Hello.Wants(scheme, false));
    assertThatThrownBy(() -> decode("01 01" + ROLE + SOCKET + "06 21" + Bytes.repeat("61", 33)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("the wanted scheme has 33 bytes");
    assertThatThrownBy(
            () -> decode("01 01" + ROLE + SOCKET + "07 8202 8002" + Bytes.repeat("61", 256)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("an alternate has 256 bytes");
    for (List<String> bad :
        List.of(List.of(""), List.of("a".repeat(256)), Collections.nCopies(9, "a"))) {
      assertThatThrownBy(() -> hello(null, bad)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Hello.Wants("a".repeat(33), true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Hello hello(Hello.Wants wants, List<String> alternates) {
    return new Hello(1, 1, Role.PUSH, new byte[0], SOCKET_ID, 0, 0, wants, alternates);
  }

  @Test
  void aHelloHasTwoTo4096Bytes() {
    String head = "01 00" + ROLE + SOCKET;
    int padding = Hello.MAX_BYTES - Bytes.array(head).length - 3;
    String longest = head + "60" + Bytes.hex(varint(padding)) + Bytes.repeat("00", padding);
    assertThat(Bytes.array(longest)).hasSize(4096);
    assertThat(decode(longest).role()).isEqualTo(Role.PUSH);
    assertThatThrownBy(() -> decode(longest + "00"))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("4097");
    assertThatThrownBy(() -> decode("01"))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("not 1");
  }

  @Test
  void equalityIsOfContents() {
    Hello hello = new Hello(1, 0, Role.PUB, new byte[] {1}, SOCKET_ID, 2, 3);
    assertThat(hello)
        .isEqualTo(new Hello(1, 0, Role.PUB, new byte[] {1}, SOCKET_ID, 2, 3))
        .isNotEqualTo(new Hello(2, 0, Role.PUB, new byte[] {1}, SOCKET_ID, 2, 3))
        .isNotEqualTo(new Hello(1, 1, Role.PUB, new byte[] {1}, SOCKET_ID, 2, 3))
        .isNotEqualTo(new Hello(1, 0, Role.SUB, new byte[] {1}, SOCKET_ID, 2, 3))
        .isNotEqualTo(new Hello(1, 0, Role.PUB, new byte[] {2}, SOCKET_ID, 2, 3))
        .isNotEqualTo(new Hello(1, 0, Role.PUB, new byte[] {1}, new SocketId(0, 0), 2, 3))
        .isNotEqualTo(new Hello(1, 0, Role.PUB, new byte[] {1}, SOCKET_ID, 1, 3))
        .isNotEqualTo(new Hello(1, 0, Role.PUB, new byte[] {1}, SOCKET_ID, 2, 2))
        .isNotEqualTo(null);
  }

  private static ByteBuf varint(int value) {
    ByteBuf out = UnpooledByteBufAllocator.DEFAULT.heapBuffer();
    Varint.write(out, value);
    return out;
  }

  private static Hello decode(String hex) {
    return Hello.decode(Bytes.of(hex));
  }
}
