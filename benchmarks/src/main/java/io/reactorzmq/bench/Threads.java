package io.reactorzmq.bench;

/** Threads that end the process when they fail. */
final class Threads {

  /** Work that may fail. */
  interface Task {
    void run() throws Exception;
  }

  private Threads() {}

  static void start(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (Throwable e) {
                e.printStackTrace();
                Runtime.getRuntime().halt(1);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }
}
