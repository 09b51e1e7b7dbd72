package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.Ended;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.PackedMessages;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.atomic.SpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

// Past 300 lines because the credit of frames and the assembly they wait for are one state.

/**
 * One peer as a receiver sees it: reads its frames into messages that wait for their turn, and
 * returns each frame's credit, in order, when the last message that ended in it was taken. Confined
 * to the socket's event loop, but for what the {@link FairMerge} does on its own thread.
 *
 * @param <E> messages or records, as the reader gives them
 */
public final class Inlet<E> {

  /**
   * Takes what an inlet has read, now or later, and reports by {@link Inlet#taken}.
   *
   * @param <E> as the inlet's
   */
  interface Taker<E> {

    /** So many more messages can be polled; event loop. */
    void ready(Inlet<E> inlet, int messages);
  }

  /** What an inlet asks of its connection. Called on the event loop. */
  public interface Upstream {

    /**
     * Announces another window, and asks for more frames.
     *
     * @param window frames asked for that are not consumed, with those asked for now
     * @param more how many to ask for, zero or more
     */
    void window(int window, int more);

    /**
     * Asks for more frames. The window that was announced last still stands: the peer takes for
     * consumed whatever it was asked for beyond that.
     *
     * @param frames how many
     */
    void more(int frames);

    /**
     * Tells the peer, which sends no more, that every frame of it is done with: the messages are
     * consumed, and one that had not ended is dropped. Called once, if a frame came at all; no
     * window is announced after it.
     */
    void settled();

    /**
     * Offers the inlet's memory to the transport; called while a payload is being read.
     *
     * @param reader the inlet's
     */
    default void offer(FrameReader<?> reader) {}

    /**
     * Closes the connection because of the peer's fault.
     *
     * @param cause what it did
     */
    void fail(RuntimeException cause);
  }

  /** What ends in a frame, of which the first was assembled and holds a share of the budget. */
  private record Assembled<E>(Ended<E> read, long bytes) {}

  /** A frame read whose credit is not returned yet, or several that will be returned as one. */
  private final class Frame {
    final @Nullable Incoming waitsFor;
    final boolean hadMessages;
    int untaken;
    int credits = 1;

    Frame(int untaken, @Nullable Incoming waitsFor) {
      this.untaken = untaken;
      this.hadMessages = untaken > 0;
      this.waitsFor = waitsFor;
    }

    boolean isDone() {
      return untaken == 0
          && (waitsFor == null || waitsFor.isAbandoned || waitsFor.isAdmitted && !waitsFor.waits());
    }
  }

  /** Bytes that a peer may have under way, where that is more than its window. */
  private static final int MAX_OPEN_BYTES = 3 * 1024 * 1024;

  /** Frames that a peer works well with. More spare it some waiting, where there is room. */
  private static final int GOOD_WINDOW = 4;

  private final Taker<E> taker;
  private final ReceiveBudget budget;
  private final Upstream upstream;
  private final FrameReader<E> reader;
  private final int fullWindow;
  private final int frameBytes;
  private final Object origin;

  /** What ends in each frame, or the only one that does. */
  private final Queue<Object> ready = new SpscUnboundedAtomicArrayQueue<>(64);

  private final AtomicBoolean listed = new AtomicBoolean();
  private final ArrayDeque<Frame> frames = new ArrayDeque<>();
  private final Runnable grower = this::grow;
  private @Nullable Incoming incoming;

  /** A message given up while its memory was being made, which counts until that is given back. */
  private @Nullable Incoming givenUp;

  private int window;
  private long grownBytes;
  private final AtomicLong received = new AtomicLong();
  private boolean open;

  /** Whether the transport knows the reader, from the first large message on. */
  private boolean offered;

  private boolean ended;

  /** Whether the peer was told that all it sent is consumed. */
  private boolean settled;

  private boolean disposed;

  /** Frames asked for, read, and done with. */
  private long granted;

  private long framesRead;
  private long consumed;

  /**
   * How many consumed frames the peer has to know of: up to the last in which a message ended, or
   * all of them once it sends no more.
   */
  private long toTell;

  /** The window that the peer knows of. */
  private int announced;

  /** What the taker's turn took and has not reported; its thread only. */
  int takenMessages;

  private long takenBytes;

  /** The frame whose messages are being taken. */
  private @Nullable Ended<E> polled;

  /**
   * Creates an inlet that is closed until {@link #open()}.
   *
   * @param taker takes its messages
   * @param reader reads its frames
   * @param budget the socket's
   * @param upstream the connection
   * @param limits what we announced to the peer
   * @param fullWindow the frames of credit to keep open if the budget allows
   * @param origin names the peer in reports
   */
  public Inlet(
      Taker<E> taker,
      FrameReader<E> reader,
      ReceiveBudget budget,
      Upstream upstream,
      Limits limits,
      int fullWindow,
      Object origin) {
    this.taker = taker;
    this.budget = budget;
    this.upstream = upstream;
    this.reader = reader;
    this.fullWindow = fullWindow;
    this.frameBytes = limits.maxFrameBytes();
    this.origin = origin;
    reader.onMemory(this::onMemory);
  }

  /** Opens the credit: one frame at once, the rest of the window as the budget allows. */
  public void open() {
    if (open || ended) {
      return;
    }
    open = true;
    window = 1;
    grow();
    grant();
  }

  private void grow() {
    if (ended) {
      return;
    }
    int good = Math.min(GOOD_WINDOW, fullWindow);
    if (budget.tryGrowWindow((long) (good - window) * frameBytes)) {
      boolean more = budget.tryWidenWindow((long) (fullWindow - good) * frameBytes);
      window = more ? fullWindow : good;
      grownBytes = (long) (window - 1) * frameBytes;
      if (incoming != null) {
        incoming.progress(); // credit was withheld until now
      }
      grant();
    } else {
      budget.awaitWindow(grower);
    }
  }

  /**
   * Reads one DATA payload.
   *
   * @param payload its reference passes to this method
   * @return how many messages ended in it
   * @throws RuntimeException a ProtocolException or MessageTooLargeException if the peer broke the
   *     profile; nothing of the frame is delivered then
   */
  public int read(ByteBuf payload) {
    if (++framesRead > granted) {
      payload.release();
      throw new ProtocolException("a frame of data came without credit");
    }
    Ended<E> read = reader.read(payload);
    int messages = read.size();
    Incoming completed = read.beganBefore() ? incoming : null;
    if (completed != null) {
      incoming = null;
      long bytes = completed.complete();
      ready.add(bytes == 0 ? read : new Assembled<>(read, bytes));
    } else if (messages > 0) {
      ready.add(messages == 1 ? read.take() : read);
    }
    Frame frame = new Frame(messages, messages == 0 ? incoming : null);
    frames.add(frame);
    if (completed != null && !completed.isAdmitted) {
      absorb(frame, completed);
    }
    Incoming current = incoming;
    if (current != null) {
      current.progress();
    } else if (reader.assembling()) {
      current = new Incoming(reader.assemblySize());
      incoming = current;
      if (messages == 0) {
        frames.removeLast();
        frames.add(new Frame(0, current));
      }
      budget.request(current);
      if (!offered) {
        offered = true;
        upstream.offer(reader);
      }
    }
    if (messages > 0) {
      taker.ready(this, messages);
    }
    returnCredit();
    return messages;
  }

  /**
   * A message that was never admitted came to its end within the window: the frames it came in are
   * returned together with its last one, when it is taken.
   */
  private void absorb(Frame last, Incoming completed) {
    frames.removeLast();
    for (Frame held; (held = frames.peekLast()) != null && held.waitsFor == completed; ) {
      frames.removeLast();
      last.credits += held.credits;
    }
    frames.add(last);
  }

  /** Messages were taken: returns the credit of the frames that are done with. */
  void taken(int messages, long bytes) {
    received.lazySet(received.getPlain() + messages);
    int left = messages;
    for (Frame frame : frames) {
      int step = Math.min(left, frame.untaken);
      frame.untaken -= step;
      left -= step;
      if (left == 0) {
        break;
      }
    }
    if (bytes > 0) {
      budget.release(bytes);
    }
    returnCredit();
  }

  /** There is memory for what is being assembled: frames that were kept are free. */
  private void onMemory() {
    if (givenUp != null) {
      budget.abandon(givenUp);
      givenUp = null;
    }
    if (incoming != null) {
      incoming.progress();
    }
    returnCredit();
  }

  private void returnCredit() {
    long before = consumed;
    for (Frame frame; (frame = frames.peek()) != null && frame.isDone(); ) {
      frames.remove();
      consumed += frame.credits;
      if (frame.hadMessages) {
        toTell = consumed;
      }
    }
    if (ended) {
      toTell = consumed; // what is left may never be taken
    }
    if (consumed > before && incoming != null) {
      incoming.progress();
    }
    grant();
  }

  /**
   * Asks for what the peer may send by now: a window of frames, and in advance those in which the
   * message being assembled does not end, as they have memory and will be consumed as they come.
   */
  private void grant() {
    if (disposed || !open || settled) {
      return;
    }
    if (ended && frames.isEmpty() && consumed > 0) {
      settled = true;
      upstream.settled();
      return;
    }
    long middle = framesAhead();
    int maxAhead = Math.max(0, MAX_OPEN_BYTES / frameBytes - window);
    int more = (int) Math.max(0, consumed + window + Math.min(middle, maxAhead) - granted);
    boolean isNews = granted - announced < toTell;
    boolean canWait = window > GOOD_WINDOW || middle > maxAhead && !isNews;
    if (canWait && isMidway() && granted - framesRead > more) {
      return; // waking the peer costs it more than a frame; it hears of this behind one of the next
    }
    granted += more;
    int kept = (int) (granted - consumed);
    if (kept > announced || granted - announced < toTell) {
      announced = kept;
      upstream.window(kept, more);
    } else if (more > 0) {
      upstream.more(more);
    }
  }

  /** Whether the peer can go on with a message, so that more frames of it are sure to come. */
  private boolean isMidway() {
    Incoming current = incoming;
    return current != null && current.isAdmitted && !current.waits();
  }

  /** How many frames at least will come that bring nothing but a message that has memory. */
  private long framesAhead() {
    Incoming current = incoming;
    return current == null || !current.isAdmitted
        ? 0
        : Math.max(0, reader.assemblyAhead() - 1) / frameBytes;
  }

  /**
   * The peer sends no more: drops a message that has not ended and gives back the window. Messages
   * that are whole are still delivered, and the peer is told of them. Idempotent.
   */
  public void endOfData() {
    if (ended) {
      return;
    }
    ended = true;
    boolean waits = reader.isWaiting();
    reader.release();
    if (incoming != null) {
      incoming.isAbandoned = true;
      if (waits) {
        givenUp = incoming;
      } else {
        budget.abandon(incoming);
      }
      incoming = null;
    }
    budget.releaseWindow(grownBytes, grower);
    grownBytes = 0;
    returnCredit();
  }

  /** The connection is gone: as {@link #endOfData()}, and no credit is returned. Idempotent. */
  public void dispose() {
    disposed = true;
    endOfData();
  }

  /**
   * Whether every message received was taken.
   *
   * @return true if no frame waits
   */
  public boolean isSettled() {
    return frames.isEmpty();
  }

  /**
   * Messages taken from this peer; any thread.
   *
   * @return messages
   */
  public long received() {
    return received.get();
  }

  // ---- the taker's thread

  /** The next message, or null; see {@link #drainTakenBytes()} for what it held of the budget. */
  @Nullable E poll() {
    Ended<E> frame = polled;
    if (frame == null || !frame.hasNext()) {
      polled = null;
      Object next = ready.poll();
      if (next instanceof Assembled<?> assembled) {
        takenBytes += assembled.bytes;
        next = assembled.read;
      }
      if (!(next instanceof Ended<?>)) {
        return asElement(next);
      }
      frame = asFrame(next);
    }
    polled = frame;
    return frame.take();
  }

  /** The messages that come next, if they are still packed; whoever takes them does not poll. */
  @Nullable PackedMessages packed() {
    Ended<?> frame = polled;
    if (frame == null || !frame.hasNext()) {
      Object next = ready.peek();
      if (!(next instanceof PackedMessages)) {
        return null;
      }
      polled = asFrame(ready.remove());
      frame = polled;
    }
    return frame instanceof PackedMessages messages ? messages : null;
  }

  @SuppressWarnings("unchecked") // only what the reader gave is put in
  private @Nullable E asElement(@Nullable Object next) {
    return (E) next;
  }

  @SuppressWarnings("unchecked") // only what the reader gave is put in
  private Ended<E> asFrame(Object next) {
    return (Ended<E>) next;
  }

  /** The bytes of the budget that were polled since the last call. */
  long drainTakenBytes() {
    long bytes = takenBytes;
    takenBytes = 0;
    return bytes;
  }

  /** Gives up what was not polled, where nobody will poll it any more. */
  void discard(Consumer<? super E> release) {
    for (E left; (left = poll()) != null; ) {
      release.accept(left);
    }
    taken(0, drainTakenBytes());
  }

  boolean isEmpty() {
    return (polled == null || !polled.hasNext()) && ready.isEmpty();
  }

  /** True for the caller that is to put the inlet in line; any thread. */
  boolean list() {
    return !listed.get() && listed.compareAndSet(false, true);
  }

  void unlist() {
    listed.set(false);
  }

  Object origin() {
    return origin;
  }

  /** The message that has begun and not ended. */
  private final class Incoming implements ReceiveBudget.Assembly {
    private final long size;
    private boolean isAdmitted;
    private boolean isAbandoned;
    private long progressNanos = budget.now();

    Incoming(long size) {
      this.size = size;
    }

    void progress() {
      progressNanos = budget.now();
    }

    /** Whether its frames are kept until there is memory for it. */
    boolean waits() {
      return this == incoming && reader.isWaiting() || this == givenUp;
    }

    /** The bytes it holds of the budget. */
    long complete() {
      if (isAdmitted) {
        budget.completed(this);
        return size;
      }
      budget.abandon(this);
      return 0;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public long lastProgressNanos() {
      return framesRead >= granted || waits() ? budget.now() : progressNanos;
    }

    @Override
    public void admitted() {
      isAdmitted = true;
      reader.admit();
      progress();
      returnCredit();
    }

    @Override
    public void stalled(Duration silence) {
      upstream.fail(
          new PeerTimeoutException(
              origin
                  + " stopped in the middle of a message of "
                  + size
                  + " bytes after "
                  + reader.assembledBytes()
                  + " bytes, "
                  + silence.toMillis()
                  + " ms ago"));
    }
  }
}
