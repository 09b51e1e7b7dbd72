package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Ways in which the same bytes may lie in memory. What they make must be released. */
enum Layout {
  HEAP {
    @Override
    List<ByteBuf> segments(byte[] bytes, int itemSize) {
      return List.of(Unpooled.copiedBuffer(bytes));
    }
  },
  DIRECT {
    @Override
    List<ByteBuf> segments(byte[] bytes, int itemSize) {
      return List.of(Unpooled.directBuffer(bytes.length + 1).writeBytes(bytes));
    }
  },
  /** In the midst of a larger buffer, at an odd place. */
  WITHIN {
    @Override
    List<ByteBuf> segments(byte[] bytes, int itemSize) {
      ByteBuf larger = PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length + 30);
      larger.writeZero(13).writeBytes(bytes).writeZero(17);
      return List.of(larger.setIndex(13, 13 + bytes.length));
    }
  },
  /** Of 1, 2, 3 ... elements, heap and direct in turn, empty ones between them. */
  SEVERAL {
    @Override
    List<ByteBuf> segments(byte[] bytes, int itemSize) {
      List<ByteBuf> segments = new ArrayList<>();
      int at = 0;
      for (int items = 1; at < bytes.length; items++) {
        int n = Math.min(items * itemSize, bytes.length - at);
        ByteBuf segment = items % 2 == 0 ? Unpooled.directBuffer() : Unpooled.buffer();
        segments.add(segment.writeBytes(bytes, at, n));
        segments.add(Unpooled.buffer());
        at += n;
      }
      return segments;
    }
  },
  /** One segment, cut through its elements. */
  COMPOSITE {
    @Override
    List<ByteBuf> segments(byte[] bytes, int itemSize) {
      return List.of(composite(bytes));
    }
  },
  /** Two segments, each cut through its elements. */
  COMPOSITES {
    @Override
    List<ByteBuf> segments(byte[] bytes, int itemSize) {
      int half = bytes.length / itemSize / 2 * itemSize;
      return List.of(
          composite(Arrays.copyOf(bytes, half)),
          composite(Arrays.copyOfRange(bytes, half, bytes.length)));
    }
  };

  abstract List<ByteBuf> segments(byte[] bytes, int itemSize);

  Tensor of(DType dtype, Shape shape, byte[] bytes) {
    return Tensor.of(dtype, shape, segments(bytes, dtype.itemSize()).toArray(ByteBuf[]::new));
  }

  /** Components of 3 bytes, or of 3001 if there are many, behind others that were read. */
  static ByteBuf composite(byte[] bytes) {
    int size = bytes.length < 10_000 ? 3 : 3001;
    CompositeByteBuf all = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    all.addComponent(true, Unpooled.directBuffer().writeZero(5));
    for (int at = 0; at < bytes.length; at += size) {
      ByteBuf component = Unpooled.directBuffer().writeByte(-1);
      component.writeBytes(bytes, at, Math.min(size, bytes.length - at)).skipBytes(1);
      all.addComponent(true, component);
    }
    return all.skipBytes(5);
  }
}
