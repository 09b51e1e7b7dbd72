package io.reactorzmq.tensor;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Gives large direct memory that takes none until it is written to: maps holes of a file. */
class SparseAllocator extends AbstractByteBufAllocator {

  final List<ByteBuf> given = new ArrayList<>();

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    try {
      Path file = Files.createTempFile("sparse", null);
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        ByteBuf mapped =
            Unpooled.wrappedBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, initialCapacity));
        given.add(mapped);
        return mapped.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }
}
