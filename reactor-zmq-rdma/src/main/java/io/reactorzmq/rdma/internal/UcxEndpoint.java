package io.reactorzmq.rdma.internal;

import static io.reactorzmq.rdma.internal.UcpStructs.isError;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One endpoint of UCX: where messages to one other process go in. It counts what UCX has not
 * finished with, and is closed by force, which ends all of that. Confined to the event loop.
 */
final class UcxEndpoint {

  /** Who uses the endpoint; called when UCX has returned. */
  interface Owner {

    /** The other side is gone, or cannot be reached. */
    void failed(int status);

    /** UCX is through with a message, well or not. */
    void sent();

    /** The endpoint is closed and UCX reads nothing of it any more. */
    void closed();
  }

  private static final Logger LOG = LoggerFactory.getLogger(UcxEndpoint.class);

  /** How long UCX may take to finish with the messages of an endpoint that it has closed. */
  private static final long FORGOTTEN_MILLIS = 500;

  private final UcxLoop loop;
  private final long handle;
  private Owner owner;
  private int outstanding;
  private boolean failed;
  private boolean closing;
  private boolean closed;

  UcxEndpoint(UcxLoop loop, long handle, Owner owner) {
    this.loop = loop;
    this.handle = handle;
    this.owner = owner;
  }

  long handle() {
    return handle;
  }

  void owner(Owner owner) {
    this.owner = owner;
  }

  Owner owner() {
    return owner;
  }

  /** Messages that UCX has not finished with. */
  int outstanding() {
    return outstanding;
  }

  /** Whether nothing can be sent any more. */
  boolean isDead() {
    return failed || closing;
  }

  /**
   * Hands a message to UCX; what its slot holds is released when UCX is through, also if it fails.
   *
   * @param slot holds the header
   * @param id of the active message
   * @param headerBytes its length
   * @param data address of the data, or of a list of addresses and lengths
   * @param count bytes, or entries of that list
   * @param list whether it is a list
   * @param reply whether the receiver is told which of its endpoints leads back
   */
  void post(int slot, int id, int headerBytes, long data, long count, boolean list, boolean reply) {
    if (isDead()) {
      loop.slots().release(slot);
      return;
    }
    outstanding++;
    long request =
        loop.worker()
            .send(
                handle, slot, id, loop.slots().header(slot), headerBytes, data, count, list, reply);
    if (request == UcpStructs.OK) {
      sent(slot);
    } else if (isError(request)) {
      sent(slot);
      failedLater((int) request);
    } else {
      loop.wake();
    }
  }

  private void failedLater(int status) {
    loop.later(() -> failed(status));
  }

  /** UCX is through with a message of this endpoint. */
  void sent(int slot) {
    loop.slots().release(slot);
    outstanding--;
    owner.sent();
  }

  /** UCX says that the other side is gone. */
  void failed(int status) {
    if (!failed && !closing) {
      failed = true;
      owner.failed(status);
    }
  }

  /** Sends a message without data and fields to the key. */
  void control(long key, int consumed, int op) {
    int slot = loop.slots().take(this);
    post(
        slot,
        AmHeader.CONTROL,
        controlHeader(loop.slots().header(slot), key, consumed, op),
        0,
        0,
        false,
        false);
  }

  private static int controlHeader(long header, long key, int consumed, int op) {
    Memory.putLong(header + AmHeader.KEY, key);
    Memory.putInt(header + AmHeader.CONSUMED, consumed);
    Memory.putByte(header + AmHeader.OP, op);
    return AmHeader.CONTROL_BYTES;
  }

  /** Sends OPEN or ACCEPT. */
  void opening(int op, long key, long ownKey, int window) {
    int slot = loop.slots().take(this);
    long header = loop.slots().header(slot);
    controlHeader(header, key, 0, op);
    Memory.putLong(header + AmHeader.SENDER_KEY, ownKey);
    Memory.putInt(header + AmHeader.WINDOW, window);
    post(slot, AmHeader.CONTROL, AmHeader.OPENING_BYTES, 0, 0, false, op == AmHeader.OPEN);
  }

  /** Closes at once; everything outstanding ends, {@link Owner#sent()} tells when. */
  void close() {
    if (closing) {
      return;
    }
    closing = true;
    long request = loop.worker().close(handle);
    loop.wake(); // UCX was driven, and has perhaps said something
    if (request == UcpStructs.OK || isError(request)) {
      closed();
    } else {
      loop.closing(this, request);
    }
  }

  /**
   * UCX 1.13 does not always finish with what it had announced to a peer that was killed. It reads
   * nothing of a closed endpoint any more, so that is given back without its word.
   */
  void abandon() {
    int abandoned = loop.slots().abandon(this);
    if (abandoned > 0) {
      outstanding -= abandoned;
      LOG.debug("UCX did not finish with {} messages of an endpoint that it has closed", abandoned);
      owner.sent();
    }
  }

  /** UCX has closed it. */
  void closed() {
    if (!closed) {
      closed = true;
      loop.removed(this);
      owner.closed();
      if (outstanding > 0) {
        loop.schedule(this::abandon, FORGOTTEN_MILLIS);
      }
    }
  }
}
