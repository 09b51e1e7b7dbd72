package io.reactorzmq.cli;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Both directions of a PAIR: it sends lines or tensors, whichever it is given, and receives either.
 *
 * @param lines as arrays of bytes
 * @param tensors as {@link TensorMessage}
 * @param receivesTensors whether tensors are wanted as such; otherwise all that comes is lines
 */
record TalkCodec(LineCodec lines, TensorMessageCodec tensors, boolean receivesTensors)
    implements Codec<Object> {

  @Override
  public @Nullable AssemblyTarget assemblyTarget() {
    return receivesTensors ? tensors.assemblyTarget() : null;
  }

  @Override
  public Message encode(Object value, ByteBufAllocator allocator) {
    return value instanceof TensorMessage message
        ? tensors.encode(message, allocator)
        : lines.encode((byte[]) value, allocator);
  }

  /** Values of either kind. */
  long encoded() {
    return lines.encoded() + tensors.encoded();
  }

  @Override
  public Object decode(Message message) {
    return receivesTensors ? tensors.decode(message) : new Replies(lines, tensors).decode(message);
  }

  @Override
  public void discard(Object value) {
    if (value instanceof TensorMessage message) {
      tensors.discard(message);
    }
  }
}
