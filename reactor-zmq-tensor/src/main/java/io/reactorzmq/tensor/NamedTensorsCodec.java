package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message of a set of tensors: a header, and the parts of one tensor behind those of another. */
final class NamedTensorsCodec extends CountedCodec<NamedTensors> {

  NamedTensorsCodec(@Nullable AssemblyTarget target, boolean contiguous) {
    super(target, contiguous);
  }

  @Override
  public Message encode(NamedTensors value, ByteBufAllocator allocator) {
    TensorParts.requireAlive(value, "set of tensors");
    long segments = value.asMap().values().stream().mapToLong(Tensor::segmentCount).sum();
    TensorParts.requireCount(segments);
    List<ByteBuf> parts = new ArrayList<>((int) segments + 1);
    parts.add(TensorHeader.of(value));
    try {
      for (Tensor each : value.asMap().values()) {
        parts.addAll(List.of(each.retainedSegments()));
      }
    } catch (IllegalReferenceCountException e) { // one of them was released once too often
      parts.forEach(ByteBuf::release);
      throw new CodecException("a tensor of the set was released before", e);
    }
    // what the set is released for is the end of each of its tensors, whoever waits for that
    return Message.wrap(parts, value::release);
  }

  @Override
  public NamedTensors decode(Message message) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try {
      TensorHeader header = TensorHeader.read(message);
      header.require(true);
      TensorParts parts = new TensorParts(message, contiguous);
      for (TensorHeader.Entry each : header.entries()) {
        tensors.put(each.info().name(), parts.next(each));
      }
      return NamedTensors.of(tensors, header.metadata());
    } catch (Throwable e) {
      tensors.values().forEach(Tensor::release);
      throw e;
    } finally {
      message.release();
    }
  }
}
