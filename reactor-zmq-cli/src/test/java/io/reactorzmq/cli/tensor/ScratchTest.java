package io.reactorzmq.cli.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Room on the disk that tensors are received into. */
class ScratchTest {

  private static final int FILE = 1 << 20;

  private final AtomicInteger failures = new AtomicInteger();

  @TempDir Path dir;

  @Test
  void aPieceIsAsLargeAsWasAskedForAndApartFromTheOthers() throws IOException {
    try (Scratch scratch = scratch()) {
      ByteBuf one = allocate(scratch, 100);
      ByteBuf other = allocate(scratch, FILE); // another file
      assertThat(one.writableBytes()).isEqualTo(100);
      assertThat(other.writableBytes()).isEqualTo(FILE);
      assertThat(one.isDirect()).isTrue();
      one.writeZero(100);
      other.writeByte(7);
      assertThat(one.getByte(0)).isZero();
      one.release();
      other.release();
      try (Stream<Path> files = Files.list(dir)) {
        assertThat(files).isEmpty();
      }
    }
  }

  @Test
  void memoryIsUsedAgainWhenAllOfAFileHasComeBack() {
    try (Scratch scratch = scratch()) {
      ByteBuf first = allocate(scratch, 100);
      ByteBuf second = allocate(scratch, 100);
      first.writeByte(7);
      second.writeByte(8);
      first.release();
      ByteBuf third = allocate(scratch, 100);
      assertThat(third.getByte(0)).isZero(); // not that of the first yet
      second.release();
      third.release();
      ByteBuf fourth = allocate(scratch, 100);
      assertThat(fourth.getByte(0)).isEqualTo((byte) 7);
      fourth.release();
    }
  }

  @Test
  void whatIsLentOutlivesTheScratch() {
    Scratch scratch = scratch();
    ByteBuf lent = allocate(scratch, 100);
    scratch.close();
    lent.writeInt(5);
    assertThat(lent.getInt(0)).isEqualTo(5);
    lent.release();
  }

  @Test
  void moreThanTheDiskHasIsRefusedAndReported() {
    try (Scratch scratch = new Scratch(dir, Integer.MAX_VALUE, failures::incrementAndGet)) {
      Path gone = dir.resolve("gone");
      Scratch nowhere = new Scratch(gone, FILE, failures::incrementAndGet);
      assertThatThrownBy(() -> allocate(nowhere, 1))
          .isInstanceOf(CodecException.class)
          .hasMessage(
              "cannot make a file of 1048576 bytes in %s: there is no such file or directory"
                  .formatted(gone));
      assertThat(failures).hasValue(1);
      assertThat(scratch.transfer().total()).isZero();
    }
  }

  @Test
  void theBytesOfAMessageAreKnownFromItsBeginningUntilItIsReleased() {
    try (Scratch scratch = scratch()) {
      Arrival arrival = new Arrival(300);
      ByteBuf one = allocate(scratch, 100);
      scratch.begun(arrival, (ScratchBuffer) one);
      one.writeZero(40);
      assertThat(scratch.transfer()).isEqualTo(new Transfer("receiving", 40, 300, 40));
      ByteBuf two = allocate(scratch, 200);
      scratch.begun(arrival, (ScratchBuffer) two);
      one.writeZero(60);
      two.writeZero(200);
      assertThat(scratch.transfer()).isEqualTo(new Transfer("receiving", 300, 300, 300));
      one.release();
      two.release();
      assertThat(scratch.transfer()).isEqualTo(new Transfer("receiving", 0, 0, 300));
    }
  }

  private Scratch scratch() {
    return new Scratch(dir, FILE, failures::incrementAndGet);
  }

  private static ByteBuf allocate(Scratch scratch, int bytes) {
    return scratch.allocate(new TensorInfo("t", DType.U8, Shape.of(bytes)), 0, bytes);
  }
}
