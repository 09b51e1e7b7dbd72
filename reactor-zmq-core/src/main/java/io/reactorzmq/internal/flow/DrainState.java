package io.reactorzmq.internal.flow;

/**
 * What the drain loop of a sender changes with each message. It lies apart from what producers read
 * with each message, which they would otherwise have to fetch anew from the loop's processor.
 */
final class DrainState extends DrainStateFields {

  /** Two cache lines, as processors fetch them in pairs. */
  @SuppressWarnings("unused")
  private long b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16;
}

/** The fields, behind those that keep them apart from the object before. */
class DrainStateFields extends DrainStatePadding {

  /**
   * Whether a small value may go into a frame as it comes: a drain goes on, and nothing is being
   * framed, from which a codec or a completion may have called.
   */
  boolean direct;

  /** Whether what is next in the inbox was found to have no room. */
  boolean lacksRoom;

  /** Whether a batch stays in the inbox because something waits before it. */
  boolean passedOver;

  /**
   * Whether a thread that still writes in a batch may not signal: it may have seen that the loop
   * was starved before what it has written was seen here.
   */
  boolean unsignalled;

  /** Small values framed in this drain that were never queued. */
  long framedDirectly;

  /** Values taken over from other threads in this drain. */
  int takenOver;

  /** The lane whose turn it is. */
  int turn;
}

/** Two cache lines; begins with an int so that no field behind it fits in between. */
class DrainStatePadding {
  @SuppressWarnings("unused")
  private int a0;

  @SuppressWarnings("unused")
  private long a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16;
}
