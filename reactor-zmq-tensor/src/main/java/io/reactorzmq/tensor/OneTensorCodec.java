package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message of one tensor without a name: a header, and a part for each segment. */
final class OneTensorCodec extends CountedCodec<Tensor> {

  OneTensorCodec(@Nullable AssemblyTarget target, boolean contiguous) {
    super(target, contiguous);
  }

  @Override
  public Message encode(Tensor value, ByteBufAllocator allocator) {
    TensorParts.requireAlive(value, "tensor");
    int segments = value.segmentCount();
    TensorParts.requireCount(segments);
    ByteBuf[] parts = new ByteBuf[segments + 1];
    parts[0] = TensorHeader.of(value, segments);
    System.arraycopy(value.retainedSegments(), 0, parts, 1, segments);
    if (value.isLent()) {
      return Message.wrap(List.of(parts), value::release);
    }
    Message message = Message.of(parts);
    value.release();
    return message;
  }

  @Override
  public Tensor decode(Message message) {
    try {
      TensorHeader header = TensorHeader.read(message);
      header.require(false);
      return new TensorParts(message, contiguous).next(header.entries().get(0));
    } finally {
      message.release();
    }
  }
}
