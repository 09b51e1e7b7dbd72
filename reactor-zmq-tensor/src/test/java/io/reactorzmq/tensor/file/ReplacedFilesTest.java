package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static io.reactorzmq.tensor.file.Samples.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.GatheringByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a file, and of what is mapped of it, when another is written in its place. */
class ReplacedFilesTest {

  @TempDir Path directory;

  @Test
  void whatIsMappedCannotBeWrittenTo() throws IOException {
    ByteBuf data = NpyFile.read(golden("f4.npy")).segments().get(0);

    assertThatThrownBy(() -> data.setByte(0, 1)).isInstanceOf(ReadOnlyBufferException.class);
    assertThatThrownBy(() -> data.nioBuffer().put(0, (byte) 1))
        .isInstanceOf(ReadOnlyBufferException.class);
  }

  @Test
  void aFileIsReplacedWhileItIsMapped() throws IOException {
    Path file = directory.resolve("t.npy");
    NpyFile.write(file, Samples.tensor(DType.U8, new byte[] {1, 2, 3}, 3));
    Tensor before = NpyFile.read(file);

    NpyFile.write(file, Samples.tensor(DType.U8, new byte[] {4, 5, 6}, 3));

    assertThat(bytesOf(before)).containsExactly(1, 2, 3);
    assertThat(bytesOf(NpyFile.read(file))).containsExactly(4, 5, 6);
    assertThat(directory.toFile().list()).containsExactly("t.npy");
  }

  @Test
  void aWriteThatFailsChangesNothing() throws IOException {
    Path file = Files.writeString(directory.resolve("t.npy"), "as it was");
    ByteBuf buffer = Unpooled.directBuffer(4).writeZero(4);
    Tensor released = Tensor.of(DType.F32, Shape.scalar(), buffer);
    released.release();

    assertThatThrownBy(() -> NpyFile.write(file, released))
        .isInstanceOf(IllegalReferenceCountException.class);

    assertThat(file).hasContent("as it was");
    assertThat(directory.toFile().list()).containsExactly("t.npy");
  }

  @Test
  void aFileIsWrittenThroughALinkAndOnlyIntoADirectory() throws IOException {
    Tensor tensor = Samples.tensor(DType.U8, new byte[] {1}, 1);
    Path real = Files.createFile(directory.resolve("real.npy"));
    Path link = Files.createSymbolicLink(directory.resolve("link.npy"), real);

    NpyFile.write(link, tensor);

    assertThat(link).isSymbolicLink();
    assertThat(bytesOf(NpyFile.read(real))).containsExactly(1);
    Path nowhere = directory.resolve("none").resolve("t.npy");
    assertThatThrownBy(() -> NpyFile.write(nowhere, tensor))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(nowhere + ": there is no directory " + nowhere.getParent());
    assertThatThrownBy(() -> NpyFile.write(directory, tensor))
        .isInstanceOf(TensorFileException.class)
        .hasMessageContaining("is no regular file");
    assertThatThrownBy(() -> NpyFile.read(nowhere)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> NpyFile.read(directory)).isInstanceOf(IOException.class);
  }

  @Test
  void whatIsWrittenInPartIsWrittenOn() throws IOException {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ByteBuffer[] buffers = {
      ByteBuffer.wrap(new byte[] {1, 2, 3}), ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[] {4})
    };

    Target.writeAll(new OneByteAtATime(written), buffers);

    assertThat(written.toByteArray()).containsExactly(1, 2, 3, 4);
  }

  /** Writes as little as a channel may. */
  private record OneByteAtATime(ByteArrayOutputStream written) implements GatheringByteChannel {
    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
      assertThat(sources[offset].hasRemaining()).isTrue();
      return write(sources[offset]);
    }

    @Override
    public long write(ByteBuffer[] sources) {
      return write(sources, 0, sources.length);
    }

    @Override
    public int write(ByteBuffer source) {
      written.write(source.get());
      return 1;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
