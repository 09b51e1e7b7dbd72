package io.reactorzmq.rdma.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What UCX has said while it was driven, until it has returned. What is done about it then may call
 * UCX again, and so lead to more.
 */
final class News {

  private final SendSlots slots;
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final ArrayDeque<RdmaConnection> dirty = new ArrayDeque<>();
  private final List<Closing> closing = new ArrayList<>();
  private int[] sent = new int[64];
  private int sentCount;

  private record Closing(UcxEndpoint endpoint, long request) {}

  News(SendSlots slots) {
    this.slots = slots;
  }

  void later(Runnable task) {
    later.add(task);
  }

  /** Something has come for a connection. */
  void dirty(RdmaConnection connection) {
    dirty.add(connection);
  }

  /** UCX is through with a message. */
  void sent(int slot) {
    if (sentCount == sent.length) {
      sent = Arrays.copyOf(sent, 2 * sentCount);
    }
    sent[sentCount++] = slot;
  }

  /** UCX is closing an endpoint; the request says when it has. */
  void closing(UcxEndpoint endpoint, long request) {
    closing.add(new Closing(endpoint, request));
  }

  /** Whether UCX is closing something, which it does not say by itself when it is done. */
  boolean isClosing() {
    return !closing.isEmpty();
  }

  /** Does what is to be done about all of it; UCX has returned. */
  void settle() {
    do {
      for (Runnable task = later.poll(); task != null; task = later.poll()) {
        task.run();
      }
      while (sentCount > 0) {
        int slot = sent[--sentCount];
        UcxEndpoint endpoint = slots.endpoint(slot);
        if (endpoint != null) {
          endpoint.sent(slot);
        } else {
          slots.reclaim(slot);
        }
      }
      for (RdmaConnection c = dirty.poll(); c != null; c = dirty.poll()) {
        c.deliverDirty();
      }
      if (!closing.isEmpty()) {
        closing.removeIf(News::isClosed);
      }
    } while (!later.isEmpty() || sentCount > 0 || !dirty.isEmpty());
  }

  private static boolean isClosed(Closing one) {
    if (Ucp.requestStatus(one.request) == UcpStructs.IN_PROGRESS) {
      return false;
    }
    Ucp.requestFree(one.request);
    one.endpoint.closed();
    return true;
  }
}
