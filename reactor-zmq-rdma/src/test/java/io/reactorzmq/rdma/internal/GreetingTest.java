package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.HandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GreetingTest {

  private static final Greeting GREETING = new Greeting(0xABCD, 0x1122334455667788L);
  private static final byte[] BYTES =
      ByteBufUtil.decodeHexDump("00000000fc00525a4d5101abcd1122334455667788");

  private static Greeting decode(byte[] bytes) {
    ByteBuf borrowed = Unpooled.wrappedBuffer(bytes);
    try {
      return Greeting.decode(borrowed);
    } finally {
      assertThat(borrowed.refCnt()).isEqualTo(1);
      assertThat(borrowed.readerIndex()).isZero();
    }
  }

  private static void assertRefused(byte[] bytes, String text) {
    assertThatExceptionOfType(HandshakeException.class)
        .isThrownBy(() -> decode(bytes))
        .withMessageContaining(text);
  }

  private static byte[] changed(int index, int value) {
    byte[] bytes = BYTES.clone();
    bytes[index] = (byte) value;
    return bytes;
  }

  @Test
  void itsBytes() {
    ByteBuf encoded = GREETING.encode(UnpooledByteBufAllocator.DEFAULT);
    assertThat(ByteBufUtil.getBytes(encoded)).isEqualTo(BYTES);
    encoded.release();
    assertThat(decode(BYTES)).isEqualTo(GREETING);
  }

  @Test
  void anotherVersionIsNamed() {
    for (int version : new int[] {0, 2, 255}) {
      assertRefused(
          changed(10, version),
          "it speaks version " + version + " of rdma:// framing, this side 1");
    }
    // whose greeting may be of any length
    assertRefused(Arrays.copyOf(changed(10, 2), 11), "it speaks version 2");
    assertRefused(Arrays.copyOf(changed(10, 2), 100), "it speaks version 2");
  }

  @Test
  void anotherLengthIsMalformed() {
    assertRefused(Arrays.copyOf(BYTES, 20), "its greeting is malformed");
    assertRefused(Arrays.copyOf(BYTES, 22), "its greeting is malformed");
    assertRefused(Arrays.copyOf(BYTES, 11), "its greeting is malformed");
  }

  @Test
  void anythingElseIsNoEndpointOfRdma() {
    for (int i = 0; i < 10; i++) {
      assertRefused(changed(i, 0x77), "what listens there is no rdma:// endpoint");
      assertRefused(Arrays.copyOf(BYTES, i), "what listens there is no rdma:// endpoint");
    }
    assertRefused(
        "HTTP/1.1 400 Bad Request\r\n".getBytes(StandardCharsets.US_ASCII),
        "what listens there is no rdma:// endpoint");
  }

  @Test
  void aPortOfZeroSaysThatThereIsNone() {
    byte[] bytes = changed(11, 0);
    bytes[12] = 0;
    assertThat(decode(bytes).port()).isEqualTo(Greeting.NO_PORT);
  }

  @Test
  void noBytesMakeItThrowAnythingElse() {
    Random random = new Random(7);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      int same = random.nextInt(BYTES.length + 1);
      System.arraycopy(BYTES, 0, bytes, 0, Math.min(same, bytes.length));
      try {
        Greeting greeting = decode(bytes);
        assertThat(bytes).hasSize(21).startsWith(Arrays.copyOf(BYTES, 11));
        assertThat(greeting.port()).isBetween(0, 0xFFFF);
      } catch (HandshakeException e) {
        assertThat(e).hasMessageMatching("what listens .*|it speaks .*|its greeting .*");
      }
    }
  }
}
