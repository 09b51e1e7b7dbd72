package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What UCX still reads of messages that were handed to it: their headers, which lie here, and the
 * buffers of their data, which are referred to. A slot is taken for a message and free again when
 * UCX is through with it. Confined to the event loop.
 */
final class SendSlots {

  private static final int GROWTH = 64;

  private final List<ByteBuf> slabs = new ArrayList<>();
  private long[] headers = {};
  private @Nullable UcxEndpoint[] endpoints = {};
  private @Nullable ByteBuf[] frames = {};
  private @Nullable ByteBuf[] extras = {};
  private int[] free = {};
  private int freeCount;

  /** How many are taken. */
  int count() {
    return headers.length - freeCount;
  }

  /** Takes a slot for a message to an endpoint. */
  int take(UcxEndpoint endpoint) {
    if (freeCount == 0) {
      grow();
    }
    int slot = free[--freeCount];
    endpoints[slot] = endpoint;
    return slot;
  }

  private void grow() {
    int from = headers.length;
    int to = from + GROWTH;
    ByteBuf slab = Unpooled.directBuffer(GROWTH * AmHeader.MAX_BYTES, GROWTH * AmHeader.MAX_BYTES);
    slabs.add(slab);
    headers = Arrays.copyOf(headers, to);
    endpoints = Arrays.copyOf(endpoints, to);
    frames = Arrays.copyOf(frames, to);
    extras = Arrays.copyOf(extras, to);
    free = new int[to];
    long memory = Memory.address(slab, 0);
    for (int slot = from; slot < to; slot++) {
      headers[slot] = memory + (long) (slot - from) * AmHeader.MAX_BYTES;
      free[freeCount++] = slot;
    }
  }

  /** Where the header of a slot's message is written. */
  long header(int slot) {
    return headers[slot];
  }

  /** Writes the next bytes of a frame into the header of a slot, behind what stands there. */
  void copyHead(int slot, ByteBuf frame, int bytes) {
    frame.getBytes(
        frame.readerIndex(),
        slabs.get(slot / GROWTH),
        slot % GROWTH * AmHeader.MAX_BYTES + AmHeader.HEAD,
        bytes);
  }

  /**
   * Says what else is to be released with the slot.
   *
   * @param frame what is sent
   * @param extra what was made to send it, if anything
   */
  void hold(int slot, ByteBuf frame, @Nullable ByteBuf extra) {
    frames[slot] = frame;
    extras[slot] = extra;
  }

  /** Whose message a slot is for; null if it is free. */
  @Nullable UcxEndpoint endpoint(int slot) {
    return endpoints[slot];
  }

  /** Frees a slot and what it holds. */
  void release(int slot) {
    clear(slot);
    free[freeCount++] = slot;
  }

  private void clear(int slot) {
    ByteBuf frame = frames[slot];
    ByteBuf extra = extras[slot];
    endpoints[slot] = null;
    frames[slot] = null;
    extras[slot] = null;
    if (frame != null) {
      frame.release();
    }
    if (extra != null) {
      extra.release();
    }
  }

  /**
   * Releases what the messages of an endpoint hold that UCX has forgotten. Their slots are not used
   * again until UCX remembers: its word must not be taken for that of another message.
   *
   * @return how many there were
   */
  int abandon(UcxEndpoint endpoint) {
    int abandoned = 0;
    for (int slot = 0; slot < endpoints.length; slot++) {
      if (endpoints[slot] == endpoint) {
        clear(slot);
        abandoned++;
      }
    }
    return abandoned;
  }

  /** UCX has remembered a message that was given up: its slot is free. */
  void reclaim(int slot) {
    free[freeCount++] = slot;
  }

  /** Frees everything; UCX reads nothing any more. */
  void close() {
    slabs.forEach(ByteBuf::release);
  }
}
