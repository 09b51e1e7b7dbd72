package io.reactorzmq.internal.wire;

/** Runs what may take long on another thread than the one that reads frames. */
@FunctionalInterface
public interface Aside {

  /**
   * Runs one task after the other.
   *
   * @param work on any thread; does not throw
   * @param then on the thread that reads frames, after this method has returned
   */
  void run(Runnable work, Runnable then);
}
