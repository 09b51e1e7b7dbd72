package io.reactorzmq.cli.tensor;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A piece of a scratch file, which goes back to it at the last release. */
final class ScratchBuffer extends UnpooledDirectByteBuf {

  private final Scratch scratch;
  private final ScratchFile file;
  private @Nullable Arrival arrival;

  ScratchBuffer(Scratch scratch, ScratchFile file, ByteBuffer memory) {
    super(UnpooledByteBufAllocator.DEFAULT, memory, memory.capacity());
    this.scratch = scratch;
    this.file = file;
    clear();
  }

  /** Before anything is written to it. */
  void belongsTo(Arrival message) {
    arrival = message;
    message.add(this);
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    scratch.released(file, arrival);
  }
}
