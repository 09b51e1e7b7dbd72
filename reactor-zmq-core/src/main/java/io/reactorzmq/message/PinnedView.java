package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** A view that holds its message, so that what waits for the message waits for the view too. */
final class PinnedView extends CompositeByteBuf {

  private final Message message;

  /** Takes over one reference of the view and adds one to the message. */
  PinnedView(ByteBuf view, Message message) {
    super(UnpooledByteBufAllocator.DEFAULT, view.isDirect(), 1, view);
    this.message = message.retain();
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    message.release();
  }
}
