package io.reactorzmq.internal.wire;

import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;

/** Counts how often a writer retains it. */
final class Holder extends AbstractReferenceCounted {

  private int retains;

  int retains() {
    return retains;
  }

  @Override
  public ReferenceCounted retain() {
    retains++;
    return super.retain();
  }

  @Override
  protected void deallocate() {}

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }
}
