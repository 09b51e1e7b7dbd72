package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import org.junit.jupiter.api.Test;

/** Which arrays are handed out as they are, and which are copied. */
class ArrayPartTest {

  private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

  /** A part as it is put together in memory of a codec. */
  private static ByteBuf part(Codec<?> codec, byte[] content) {
    return codec
        .assemblyTarget()
        .begin(Unpooled.EMPTY_BUFFER, new int[] {0, content.length}, ALLOCATOR)
        .allocate(1, content.length)
        .writeBytes(content);
  }

  private static Message assembled(Codec<?> codec, byte[] content) {
    return Message.of(part(codec, content));
  }

  @Test
  void theArrayThatAMessageWasPutTogetherInIsHandedOut() {
    Message message = assembled(Codec.bytes(), new byte[] {1, 2, 3});
    byte[] array = message.part(0).array();
    assertThat(Codec.bytes().decode(message)).isSameAs(array).containsExactly(1, 2, 3);
    assertThat(message.refCnt()).isZero();
  }

  @Test
  void anArrayThatSomebodyElseMayReadIsCopied() {
    Message shared = assembled(Codec.bytes(), new byte[] {1, 2, 3}).retain();
    assertThat(Codec.bytes().decode(shared))
        .isNotSameAs(shared.part(0).array())
        .containsExactly(1, 2, 3);
    ByteBuf part = shared.retainedPart(0, 0, 3);
    byte[] array = Codec.bytes().decode(shared);
    array[0] = 9;
    assertThat(part.getByte(0)).isEqualTo((byte) 1);
    part.release();

    byte[] own = {1, 2, 3};
    assertThat(Codec.bytes().decode(Message.of(own))).isNotSameAs(own);
  }

  @Test
  void aHeapCopyKeepsSuchAnArrayAmongOtherParts() {
    Message message =
        Message.of(
            ALLOCATOR.directBuffer().writeByte(7),
            part(Codec.message(), new byte[] {1, 2, 3}),
            ALLOCATOR.directBuffer().writeByte(8));
    byte[] array = message.part(1).array();
    Message copy = Codec.message().decode(message);
    assertThat(copy.part(1).array()).isSameAs(array);
    assertThat(copy.bytes(0)).containsExactly(7);
    assertThat(copy.bytes(2)).containsExactly(8);
    assertThat(copy.isDirect(0)).isFalse();
    assertThat(message.refCnt()).isZero();
  }

  @Test
  void noArrayIsMadeForAMessageOfSeveralPartsThatIsNone() {
    AssemblyTarget target = Codec.bytes().assemblyTarget();
    ByteBuf header = Unpooled.wrappedBuffer(new byte[3]);
    assertThatThrownBy(() -> target.begin(header, new int[] {3, 100}, ALLOCATOR))
        .isInstanceOf(CodecException.class)
        .hasMessage("a byte array is one part, this message has 2 parts");
    assertThatThrownBy(() -> target.begin(Unpooled.EMPTY_BUFFER, new int[] {0, 1, 100}, ALLOCATOR))
        .isInstanceOf(CodecException.class);
  }

  @Test
  void aHeapCopyKeepsSuchAnArray() {
    Message message = assembled(Codec.message(), new byte[] {1, 2, 3});
    byte[] array = message.part(0).array();
    Message copy = Codec.message().decode(message);
    assertThat(copy.part(0).array()).isSameAs(array);
    assertThat(message.refCnt()).isZero();
    assertThat(copy.bytes(0)).containsExactly(1, 2, 3);
  }
}
