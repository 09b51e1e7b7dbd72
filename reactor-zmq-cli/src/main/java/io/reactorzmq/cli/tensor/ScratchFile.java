package io.reactorzmq.cli.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * One file of a scratch, handed out from its beginning to its end, and anew when all of it has come
 * back. Its owner makes sure that one thread at a time uses it.
 */
final class ScratchFile {

  /** Vector instructions like it, and so does what reads the tensors. */
  private static final int ALIGNMENT = 64;

  private final FileChannel channel;
  private final MappedByteBuffer memory;
  private long taken;
  private int lent;
  private boolean sealed;

  ScratchFile(Path dir, long bytes) throws IOException {
    Path file = dir.resolve(".zmq-scratch-" + UUID.randomUUID());
    // it has no name from the beginning on where the system allows that
    channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    try {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  boolean hasRoom(int bytes) {
    return memory.capacity() - taken >= bytes;
  }

  ByteBuffer take(int bytes) {
    ByteBuffer piece = memory.slice((int) taken, bytes);
    taken += (bytes + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
    lent++;
    return piece;
  }

  void giveBack() {
    if (--lent == 0) {
      taken = 0;
      drop();
    }
  }

  boolean isIdle() {
    return lent == 0;
  }

  long bytes() {
    return memory.capacity();
  }

  /** Nothing more will be taken. */
  void seal() {
    sealed = true;
    drop();
  }

  private void drop() {
    if (!sealed || lent > 0 || !channel.isOpen()) {
      return;
    }
    // the mapping lasts until a garbage collection, but nobody has it any more, and the disk is
    // wanted back now
    try (channel) {
      channel.truncate(0);
    } catch (IOException e) {
      // then it comes back with the garbage collection
    }
  }
}
