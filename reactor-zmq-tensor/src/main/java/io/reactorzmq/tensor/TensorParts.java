package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Message;

/** Takes one tensor after another out of the parts of a message whose header was checked. */
final class TensorParts {

  private final Message message;
  private final boolean contiguous;
  private int part = 1;

  /** The message is borrowed; each tensor has references of its own. */
  TensorParts(Message message, boolean contiguous) {
    this.message = message;
    this.contiguous = contiguous;
  }

  Tensor next(TensorHeader.Entry entry) {
    ByteBuf[] data = new ByteBuf[entry.segments()];
    int taken = 0;
    try {
      while (taken < data.length) {
        data[taken] = segment(part++);
        taken++;
      }
      return Tensor.of(entry.info().dtype(), entry.info().shape(), data);
    } catch (Throwable e) {
      while (taken > 0) {
        data[--taken].release();
      }
      throw e;
    }
  }

  private ByteBuf segment(int index) {
    ByteBuf view = message.retainedPart(index, 0, message.partSize(index));
    if (!contiguous || Tensor.isOneRun(view)) {
      return view;
    }
    // within one frame, which itself consists of several runs: a sender's memory, in this process
    try {
      int bytes = view.readableBytes();
      return view.alloc().directBuffer(bytes, bytes).writeBytes(view);
    } finally {
      view.release();
    }
  }

  // ---- what can be sent

  static void requireAlive(ReferenceCounted value, String what) {
    if (value.refCnt() <= 0) {
      throw new CodecException(
          "the %s was released before; sending takes its reference, send its retain() to keep one"
              .formatted(what));
    }
  }

  static void requireCount(long segments) {
    if (segments + 1 > Message.MAX_PARTS) {
      throw new CodecException(
          "the tensors have %d segments, a message has room for %d; send several messages"
              .formatted(segments, Message.MAX_PARTS - 1));
    }
  }
}
