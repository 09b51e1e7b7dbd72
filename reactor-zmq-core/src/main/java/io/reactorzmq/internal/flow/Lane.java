package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.SmallBatch;
import io.reactorzmq.internal.wire.SmallValues;
import io.reactorzmq.message.Message;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One peer as a sender sees it: the open frame, the message in progress, the credit, and what is in
 * flight. Confined to the socket's event loop; between two drains no frame is open.
 *
 * <p>The output may end the connection, and a send's completion runs the user's code: either may
 * come back to {@link #abort()} or {@link #isIdle()} in the middle of a drain.
 *
 * @param <I> what is framed
 */
public class Lane<I extends Outgoing> {

  final FrameWriter writer;
  final SendCredit credit;
  private final Consumer<ByteBuf> output;
  private final Consumer<Throwable> onBroken;

  /** Messages that ended in each data frame sent and not known to be consumed, oldest first. */
  private final ArrayDeque<Integer> inFlightFrames = new ArrayDeque<>();

  private long confirmedFrames;
  private final AtomicLong inFlight = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private @Nullable I current;

  /** Whether the open frame may hold anything: it is not sent, and nothing more is framed. */
  private boolean broken;

  /** Whether it was given up, and is used no more. */
  private boolean aborted;

  /**
   * Creates a lane.
   *
   * @param writer makes frames within the peer's limits
   * @param credit what the peer allows
   * @param output takes each finished frame
   * @param onBroken ends the connection: something cannot be framed, for example because there is
   *     no memory
   */
  public Lane(
      FrameWriter writer,
      SendCredit credit,
      Consumer<ByteBuf> output,
      Consumer<Throwable> onBroken) {
    this.writer = writer;
    this.credit = credit;
    this.output = output;
    this.onBroken = onBroken;
  }

  /** Why this peer can never take the message, or null. */
  @Nullable MessageTooLargeException refusal(Message message) {
    return writer.refusal(message);
  }

  /** The same for a small value of so many bytes. */
  @Nullable MessageTooLargeException refusal(int size) {
    return writer.refusal(size);
  }

  /** Whether a small value that takes so many bytes of a frame can be framed now. */
  final boolean canBeginSmall(int bytes) {
    if (current != null || broken) {
      return false;
    }
    if (writer.isEmpty()) {
      return credit.available() >= 1;
    }
    return writer.hasRoomForSmall(bytes) || credit.available() >= 2;
  }

  /**
   * Frames a small value.
   *
   * @return false if it is not framed, as sending the open frame ended the connection
   * @throws RuntimeException whatever its codec throws; then nothing was framed
   */
  final <T> boolean appendSmall(SmallValues<T> values, T value, int size, int bytes) {
    if (!makeRoomForSmall(bytes)) {
      return false;
    }
    writer.appendSmall(values, value, size);
    flushIfFull();
    return true;
  }

  /**
   * Frames values of a batch, at most so many, for which there {@link #makeRoomForSmall is room}.
   */
  final int append(SmallBatch batch, int most) {
    return writer.append(batch, most);
  }

  /**
   * Sends the open frame if it has no room for so many bytes; false if that ended the connection.
   */
  final boolean makeRoomForSmall(int bytes) {
    if (!writer.isEmpty() && !writer.hasRoomForSmall(bytes)) {
      flush();
      return !aborted && !broken;
    }
    return true;
  }

  /** Sends the open frame if nothing can be added to it. */
  final void flushIfFull() {
    if (writer.isFull()) {
      try {
        flush();
      } catch (Throwable e) {
        broke(e);
      }
    }
  }

  /** Whether an item can begin now, if it is small. */
  boolean hasRoom() {
    return current == null && !broken && (!writer.isEmpty() || credit.available() >= 1);
  }

  /** Whether the item can begin now. */
  boolean canBegin(I item) {
    if (current != null || broken) {
      return false;
    }
    if (writer.isEmpty()) {
      return credit.available() >= 1;
    }
    return hasRoomFor(item) || credit.available() >= 2;
  }

  /** Whether the item can begin in the open frame. */
  boolean hasRoomFor(I item) {
    return writer.hasRoomFor(Objects.requireNonNull(item.message()));
  }

  /** Appends as much of the item as fits; true if that was the end of it. */
  boolean append(I item) {
    return writer.append(Objects.requireNonNull(item.message()), item);
  }

  /** The item's last byte is in the open frame. */
  void ended(I item) {
    item.framed();
  }

  /**
   * Frames the item, or as much of it as there is credit for; {@link #resume()} does the rest.
   *
   * @return true if all of it is framed
   */
  boolean begin(I item) {
    current = item;
    if (!writer.isEmpty() && !hasRoomFor(item)) {
      flush();
    }
    return resume();
  }

  /**
   * Goes on with the message in progress, as far as the credit goes.
   *
   * @return true if it ended
   */
  boolean resume() {
    I item = current;
    if (item == null || broken || (writer.isEmpty() && credit.available() <= 0)) {
      return false;
    }
    while (!tryAppend(item)) {
      if (broken) {
        return false;
      }
      flush();
      // sending may end the connection at once, and the item is another lane's then
      if (current != item || credit.available() <= 0) {
        return false;
      }
    }
    current = null;
    ended(item);
    flushIfFull();
    return true;
  }

  private boolean tryAppend(I item) {
    try {
      return append(item);
    } catch (Throwable e) {
      broke(e);
      return false;
    }
  }

  /** What is in the open frame may be half a message: the connection ends. */
  final void broke(Throwable cause) {
    broken = true;
    onBroken.accept(cause);
  }

  final boolean isBroken() {
    return broken;
  }

  /** Sends the open frame, if any. */
  void flush() {
    if (writer.isEmpty()) {
      return;
    }
    int ended = writer.messagesEnded();
    if (broken) {
      count(ended); // as sent, which their senders were told, and nobody will confirm
      writer.abandon();
    } else {
      send(writer.finish(), ended);
    }
  }

  /** Sends a frame in which so many messages end. */
  final void send(ByteBuf frame, int ended) {
    count(ended);
    output.accept(frame);
  }

  private void count(int ended) {
    inFlightFrames.add(ended);
    inFlight.lazySet(inFlight.getPlain() + ended);
    sent.lazySet(sent.getPlain() + ended);
    credit.frameSent();
  }

  /** Counts off what the peer has consumed since the last call. */
  public void settle() {
    long consumed = credit.consumed();
    while (confirmedFrames < consumed) {
      confirmedFrames++;
      inFlight.lazySet(inFlight.getPlain() - inFlightFrames.remove());
    }
  }

  /**
   * Whether nothing is being framed and everything sent is known to be consumed.
   *
   * @return true if so
   */
  public boolean isIdle() {
    settle();
    return current == null && writer.isEmpty() && inFlightFrames.isEmpty();
  }

  /** Whether an item has begun and not ended. */
  boolean isInMessage() {
    return current != null;
  }

  /**
   * Gives up the message in progress: the peer never gets its end, another one may get all of it.
   * What has ended in the open frame is sent first; its senders may know already.
   *
   * @return the claimed item, or null
   */
  @Nullable I abort() {
    aborted = true;
    I item = current;
    current = null;
    flush();
    writer.abandon();
    return item;
  }

  /**
   * Messages sent that were not known to be consumed at the last {@link #settle()}; any thread.
   *
   * @return messages
   */
  public long inFlight() {
    return inFlight.get();
  }

  /**
   * Messages wholly handed to this peer; any thread.
   *
   * @return messages
   */
  public long sent() {
    return sent.get();
  }
}
