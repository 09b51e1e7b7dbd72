package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.function.Function;

/** A new file for each tensor that arrives, filled through a mapping. */
final class MappedTensors implements TensorAllocator {

  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  private static final Set<OpenOption> KNOWN =
      Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);

  private final Function<? super TensorInfo, ? extends Path> file;

  MappedTensors(Function<? super TensorInfo, ? extends Path> file) {
    this.file = file;
  }

  @Override
  public ByteBuf allocate(TensorInfo tensor, long offset, int bytes) {
    Path path = file.apply(tensor);
    try (FileChannel channel = FileChannel.open(path, offset == 0 ? NEW : KNOWN)) {
      return Unpooled.wrappedBuffer(channel.map(FileChannel.MapMode.READ_WRITE, offset, bytes))
          .clear();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot map %d bytes of %s at %d: %s".formatted(bytes, path, offset, e), e);
    }
  }
}
