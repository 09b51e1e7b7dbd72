package io.reactorzmq.tensor.file;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Tensors over the bytes of a file as they lie there. Tensors that lie close share a mapping, since
 * the number of mappings of a process is limited and each takes a page at least.
 */
final class Mappings {

  /** What one mapping spans, and a segment of a tensor that does not fit one; whole elements. */
  static final int CHUNK_BYTES = 1 << 30;

  /** A tensor up to this size is contiguous. */
  static final int MAX_CONTIGUOUS_BYTES = Integer.MAX_VALUE - 8;

  private Mappings() {}

  /** Where the data of a tensor lies in the file, wholly within it. */
  record Region(DType dtype, Shape shape, long offset) {

    long bytes() {
      return shape.bytes(dtype);
    }

    long end() {
      return offset + bytes();
    }
  }

  /** A tensor of each region, in their order. */
  static List<Tensor> map(Source source, List<Region> regions) throws IOException {
    Tensor[] tensors = new Tensor[regions.size()];
    Integer[] byOffset = new Integer[regions.size()];
    Arrays.setAll(byOffset, i -> i);
    Arrays.sort(byOffset, Comparator.comparingLong(i -> regions.get(i).offset()));
    List<Integer> together = new ArrayList<>();
    long start = 0;
    long end = 0;
    for (int i : byOffset) {
      Region region = regions.get(i);
      if (region.bytes() == 0) {
        tensors[i] = Tensor.of(region.dtype(), region.shape(), new ByteBuf[0]);
        continue;
      }
      if (together.isEmpty() || region.end() - start > CHUNK_BYTES) {
        mapTogether(source, regions, together, start, end, tensors);
        together.clear();
        start = region.offset();
        end = start;
      }
      together.add(i);
      end = Math.max(end, region.end());
    }
    mapTogether(source, regions, together, start, end, tensors);
    return List.of(tensors);
  }

  private static void mapTogether(
      Source source,
      List<Region> regions,
      List<Integer> together,
      long start,
      long end,
      Tensor[] tensors)
      throws IOException {
    if (together.isEmpty()) {
      return;
    }
    if (end - start > MAX_CONTIGUOUS_BYTES) { // then it is one tensor
      int i = together.get(0);
      tensors[i] = mapSegments(source, regions.get(i));
      return;
    }
    MappedByteBuffer chunk = source.map(start, end - start);
    for (int i : together) {
      Region region = regions.get(i);
      ByteBuffer data = chunk.slice((int) (region.offset() - start), (int) region.bytes());
      tensors[i] = Tensor.of(region.dtype(), region.shape(), data);
    }
  }

  private static Tensor mapSegments(Source source, Region region) throws IOException {
    List<ByteBuffer> segments = new ArrayList<>();
    for (long at = region.offset(); at < region.end(); at += CHUNK_BYTES) {
      segments.add(source.map(at, Math.min(CHUNK_BYTES, region.end() - at)));
    }
    return Tensor.of(region.dtype(), region.shape(), segments.toArray(ByteBuffer[]::new));
  }
}
