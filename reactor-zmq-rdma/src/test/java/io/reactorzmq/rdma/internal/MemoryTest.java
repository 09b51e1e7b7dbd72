package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryTest {

  private final ByteBuf memory = Unpooled.directBuffer(64, 64).writeZero(64);
  private final long at = Memory.address(memory, 0);

  @AfterEach
  void release() {
    memory.release();
  }

  @Test
  void numbersAreLittleEndianAtAnyAddress() {
    Memory.putByte(at + 1, 0x180);
    Memory.putInt(at + 3, 0x01020304);
    Memory.putLong(at + 9, 0x1112131415161718L);
    assertThat(memory.getByte(1)).isEqualTo((byte) 0x80);
    assertThat(memory.getIntLE(3)).isEqualTo(0x01020304);
    assertThat(memory.getLongLE(9)).isEqualTo(0x1112131415161718L);
    assertThat(Memory.getByte(at + 1)).isEqualTo((byte) 0x80);
    assertThat(Memory.getInt(at + 3)).isEqualTo(0x01020304);
    assertThat(Memory.getLong(at + 9)).isEqualTo(0x1112131415161718L);
  }

  @Test
  void bytesAreCopiedAndNotOneMore() {
    byte[] in = {9, 1, 2, 3, 9};
    Memory.putBytes(in, 1, at + 2, 3);
    Memory.copy(at + 2, at + 20, 3);
    byte[] out = new byte[5];
    Memory.getBytes(at + 19, out, 5);
    assertThat(out).containsExactly(0, 1, 2, 3, 0);
    Memory.clear(at + 20, 2);
    Memory.getBytes(at + 19, out, 5);
    assertThat(out).containsExactly(0, 0, 0, 3, 0);
  }

  @Test
  void textsEndAtTheirLengthOrAtAZero() {
    byte[] text = "größe\0more".getBytes(StandardCharsets.UTF_8);
    Memory.putBytes(text, 0, at, text.length);
    assertThat(Memory.text(at)).isEqualTo("größe");
    assertThat(Memory.text(at, 3)).isEqualTo("gr\u00f6".substring(0, 2) + "\ufffd");
    assertThat(Memory.text(at, 2)).isEqualTo("gr");
    assertThat(Memory.text(0)).isEmpty();
  }

  @Test
  void theAddressOfABufferIsThatOfItsBytes() {
    memory.setLong(5, 42);
    ByteBuf slice = memory.slice(5, 10);
    assertThat(Memory.address(slice, 0)).isEqualTo(at + 5);
    ByteBuffer nio = memory.nioBuffer(7, 3);
    assertThat(Memory.address(nio)).isEqualTo(at + 7);
    ByteBuf wrapped = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(8).putLong(0, 77));
    assertThat(Long.reverseBytes(Memory.getLong(Memory.address(wrapped, 0)))).isEqualTo(77);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,       1",
    "255.254.253.252, 65535",
    "0.0.0.0,         0",
    "::1,             5555",
    "fe80::1234:5678, 255",
    "2001:db8::ff,    256"
  })
  void aSocketAddressComesBackAsItWas(String host, int port) throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
    try (Arena arena = Arena.ofConfined()) {
      long encoded = SocketAddresses.encode(address, arena);
      assertThat(SocketAddresses.decode(encoded)).isEqualTo(address);
      assertThat(SocketAddresses.length(address)).isEqualTo(host.contains(":") ? 28 : 16);
      assertThat(Memory.getByte(encoded)).isEqualTo((byte) (host.contains(":") ? 10 : 2));
    }
  }

  @Test
  void theScopeOfALocalAddressIsKept() throws Exception {
    InetSocketAddress address =
        new InetSocketAddress(
            java.net.Inet6Address.getByAddress(
                null, InetAddress.getByName("fe80::1").getAddress(), 7),
            1);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(Memory.getInt(SocketAddresses.encode(address, arena) + 24)).isEqualTo(7);
    }
  }

  @Test
  void anIpv6AddressOfAnIpv4OneIsAnIpv4Address() throws Exception {
    // Java makes one of it
    InetAddress mapped = InetAddress.getByName("::ffff:10.1.2.3");
    try (Arena arena = Arena.ofConfined()) {
      InetSocketAddress address = new InetSocketAddress(mapped, 3);
      assertThat(SocketAddresses.decode(SocketAddresses.encode(address, arena)))
          .isEqualTo(new InetSocketAddress("10.1.2.3", 3));
    }
  }
}
