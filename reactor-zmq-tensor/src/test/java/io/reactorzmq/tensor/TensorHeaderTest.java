package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers that are not as they must be: each is refused, and nothing is allocated for it. */
class TensorHeaderTest {

  // Where the fields of a header of one F32 tensor [2, 3] stand.
  private static final int MAGIC = 0;
  private static final int VERSION = 4;
  private static final int KIND = 5;
  private static final int ZERO = 6;
  private static final int TENSORS = 8;
  private static final int TEXTS = 12;
  private static final int DTYPE = 16;
  private static final int RANK = 17;
  private static final int NAME = 18;
  private static final int SEGMENTS = 20;
  private static final int DIM = 24;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

  @AfterEach
  void nothingIsHeld() {
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  private static ByteBuf header() {
    Tensor tensor = Tensor.of(DType.F32, Shape.of(2, 3), Unpooled.wrappedBuffer(new byte[24]));
    return TensorHeader.of(tensor, 1);
  }

  private void assertRefused(ByteBuf header, String why, int... parts) {
    int[] sizes = new int[parts.length + 1];
    sizes[0] = header.readableBytes();
    System.arraycopy(parts, 0, sizes, 1, parts.length);
    AssemblyTarget target = TensorCodec.tensors().assemblyTarget();
    assertThatThrownBy(() -> target.begin(header, sizes, ByteBufAllocator.DEFAULT))
        .as("before memory is taken")
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(why);
    ByteBuf[] all = new ByteBuf[sizes.length];
    all[0] = allocator.directBuffer().writeBytes(header.duplicate());
    for (int i = 0; i < parts.length; i++) {
      all[i + 1] = allocator.directBuffer(Math.max(1, parts[i])).writeZero(parts[i]);
    }
    Message message = Message.of(all);
    assertThatThrownBy(() -> TensorCodec.tensors().decode(message))
        .as("when it is decoded")
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(why);
    assertThat(message.refCnt()).isZero();
  }

  @Test
  void aHeaderAsItMustBe() {
    assertThat(TensorHeader.read(header(), new int[] {40, 24}).entries()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0x4e545a53, it begins with 0x4e545a53",
    "0, none of tensors",
  })
  void theMagic(String magic, String why) {
    assertRefused(header().setIntLE(MAGIC, Integer.decode(magic)), why, 24);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 255})
  void theVersion(int version) {
    assertRefused(header().setByte(VERSION, version), "of version " + version + ", known is 1", 24);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 255})
  void theKind(int kind) {
    assertRefused(header().setByte(KIND, kind), "of kind " + kind, 24);
  }

  @Test
  void whatIsReserved() {
    assertRefused(header().setShortLE(ZERO, 0x0100), "must be 0 are 0x100", 24);
  }

  @ParameterizedTest
  @CsvSource({
    "0, is one without metadata; not 0",
    "2, is one without metadata; not 2",
    "4, announces 4 tensors and has 28 bytes left",
    "0xffffffff, announces 4294967295 tensors",
  })
  void theNumberOfTensors(String count, String why) {
    ByteBuf header = header().setIntLE(TENSORS, Long.decode(count).intValue());
    assertRefused(header, why.replace(';', ','), 24);
  }

  @ParameterizedTest
  @CsvSource({"1, not 1 with 1", "0xffffffff, announces 4294967295 metadata"})
  void theNumberOfTexts(String count, String why) {
    assertRefused(header().setIntLE(TEXTS, Long.decode(count).intValue()), why, 24);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 18, 255})
  void theType(int code) {
    assertRefused(header().setByte(DTYPE, code), "has the code " + code, 24);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 8 bytes behind its last field",
    "3, has 3 axes; the header 16 bytes left",
    "255, has 255 axes; the header 16 bytes left",
  })
  void theRank(int rank, String why) {
    // of rank 1 the shape is [2], which 8 bytes are for
    assertRefused(header().setByte(RANK, rank), why.replace(';', ','), rank == 1 ? 8 : 24);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65535})
  void theName(int bytes) {
    assertRefused(header().setShortLE(NAME, bytes), "has a name of " + bytes + " bytes", 24);
  }

  @ParameterizedTest
  @CsvSource({
    "0, has 24 bytes; 0 come",
    "2, takes 2 parts; 1 are left",
    "0xffffffff, takes 4294967295 parts; 1 are left",
  })
  void theSegments(String segments, String why) {
    ByteBuf header = header().setIntLE(SEGMENTS, Long.decode(segments).intValue());
    assertRefused(header, why.replace(';', ','), 24);
  }

  @ParameterizedTest
  @CsvSource({
    "3, has 36 bytes; 24 come",
    "0, has 0 bytes; 24 come",
    "-1, axis 0 has 2^63 elements or more: 18446744073709551615",
    "0x4000000000000000, has more than 2^63 - 1 elements",
    "0x1000000000000000, has more than 2^63 - 1 bytes",
    "0x7fffffffffffffff, has more than 2^63 - 1 elements",
  })
  void theShape(String dim, String why) {
    assertRefused(header().setLongLE(DIM, Long.decode(dim)), why.replace(';', ','), 24);
  }

  @ParameterizedTest
  @CsvSource({"23", "25", "0", "28", "20"})
  void theBytesOfThePart(int bytes) {
    assertRefused(
        header(), bytes % 4 == 0 && bytes > 0 ? bytes + " come" : "whole elements", bytes);
  }

  @Test
  void theNumberOfParts() {
    assertRefused(header(), "takes 1 parts, 0 are left");
    assertRefused(header(), "take 1 parts, the message has 2", 24, 1);
    assertRefused(header().setIntLE(SEGMENTS, 2), "whole elements", 22, 2);
  }

  @Test
  void aShorterOrLongerHeader() {
    for (int length = 0; length < 40; length++) {
      assertRefused(header().copy(0, length), "", 24);
    }
    assertRefused(
        Unpooled.buffer().writeBytes(header()).writeByte(0), "1 bytes behind its last field", 24);
  }

  @Test
  void aSetIsNoTensorAndATensorIsNoSet() {
    ByteBuf set = TensorHeader.of(NamedTensors.of(Map.of()));
    assertRefused(set, "TensorCodec.named() reads it");
    AssemblyTarget named = TensorCodec.named().assemblyTarget();
    assertThatThrownBy(() -> named.begin(header(), new int[] {40, 24}, allocator))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("TensorCodec.tensors() reads it");
  }

  // ---- sets

  private static ByteBuf set() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("ab", Tensor.of(DType.U8, Shape.of(3), Unpooled.wrappedBuffer(new byte[3])));
    tensors.put("cd", Tensor.of(DType.U8, Shape.of(3), Unpooled.wrappedBuffer(new byte[3])));
    return TensorHeader.of(NamedTensors.of(tensors, Map.of("k", "v")));
  }

  private static void assertSetRefused(ByteBuf header, String why) {
    assertThatThrownBy(() -> TensorHeader.read(header, new int[] {header.readableBytes(), 3, 3}))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(why);
  }

  @Test
  void namesAndTextsOfASet() {
    assertThat(TensorHeader.read(set(), new int[] {set().readableBytes(), 3, 3}).metadata())
        .isEqualTo(Map.of("k", "v"));
    int first = 16 + 8 + 8;
    int second = first + 8 + 8 + 8;
    int text = second + 8;
    assertSetRefused(set().setByte(second, 'a').setByte(second + 1, 'b'), "have the name ab");
    assertSetRefused(set().setByte(first, 0xff), "is not UTF-8");
    assertSetRefused(set().setByte(first + 2, 1), "must be 0 are 0x1");
    assertSetRefused(set().setShortLE(first - 14, 0), "a name has 0 bytes");
    assertSetRefused(set().setShortLE(first - 14, 1025), "a name has 1025 bytes, 1 to 1024");
    assertSetRefused(set().setShortLE(text, 0), "a key has 0 bytes");
    assertSetRefused(set().setShortLE(text + 2, 1), "must be 0 are 0x1");
    assertSetRefused(set().setIntLE(text + 4, -1), "a text has 4294967295 bytes");
    assertSetRefused(set().setIntLE(text + 4, 100), "a text has 100 bytes, the header 7 left");
    assertSetRefused(set().setByte(text + 8, 0xff), "is not UTF-8");
  }

  @Test
  void aHeaderAboveItsLimit() {
    String long8 = "x".repeat(TensorHeader.MAX_BYTES);
    assertThatThrownBy(() -> TensorHeader.of(NamedTensors.of(Map.of(), Map.of("key", long8))))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("at most 16777216 are allowed");
    ByteBuf large = Unpooled.wrappedBuffer(new byte[TensorHeader.MAX_BYTES + 1]);
    assertThatThrownBy(() -> TensorHeader.read(large, new int[] {large.readableBytes()}))
        .hasMessageContaining("has 16777217 bytes, at most 16777216 are allowed");
  }

  // ---- chance

  @Test
  void whateverComesIsReadOrRefused() {
    Random random = new Random(11);
    ByteBuf[] originals = {header(), set()};
    int read = 0;
    for (int round = 0; round < 300_000; round++) {
      ByteBuf header = originals[round % 2].copy();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        int at = random.nextInt(header.readableBytes());
        header.setByte(at, random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(9));
      }
      header.writerIndex(header.readableBytes() - random.nextInt(3) * random.nextInt(8));
      try {
        int[] sizes = {header.readableBytes(), 3 * random.nextInt(9), 3};
        TensorHeader got = TensorHeader.read(header, round % 2 == 0 ? new int[] {40, 24} : sizes);
        got.entries().forEach(each -> assertThat(each.info().bytes()).isLessThanOrEqualTo(24));
        read++;
      } catch (CodecException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(read).as("some changes make another header").isPositive();
  }
}
