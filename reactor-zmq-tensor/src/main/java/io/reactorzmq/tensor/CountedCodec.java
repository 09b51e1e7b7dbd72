package io.reactorzmq.tensor;

import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import org.jspecify.annotations.Nullable;

/** What the codecs of reference-counted values have in common: where data goes, and its release. */
abstract class CountedCodec<T extends ReferenceCounted> implements Codec<T> {

  private final @Nullable AssemblyTarget target;

  /** Whether each segment is wanted in one run of memory. */
  final boolean contiguous;

  /**
   * A codec.
   *
   * @param target where data that arrives in pieces is put together; null: nowhere
   * @param contiguous whether what is not put together there is to be, when it is decoded
   */
  CountedCodec(@Nullable AssemblyTarget target, boolean contiguous) {
    this.target = target;
    this.contiguous = contiguous;
  }

  @Override
  public final @Nullable AssemblyTarget assemblyTarget() {
    return target;
  }

  @Override
  public final void discard(T value) {
    if (value.refCnt() > 0) {
      value.release();
    }
  }
}
