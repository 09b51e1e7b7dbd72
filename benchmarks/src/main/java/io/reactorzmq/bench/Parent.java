package io.reactorzmq.bench;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The standard input of a measured process. It says what the process has allocated when it is asked
 * to, and ends the process with itself.
 */
final class Parent {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Work for each line that is no question. */
  interface Task {
    void run() throws Exception;
  }

  private Parent() {}

  /** Listens on a thread of its own. */
  static void listen() {
    Threads.start(
        "parent",
        () ->
            listen(
                () -> {
                  throw new IllegalArgumentException("a line that nobody waits for");
                }));
  }

  /** Listens on this thread, and works at each line but MARK; ends the process at the end. */
  static void listen(Task task) throws Exception {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line; (line = lines.readLine()) != null; ) {
        if (line.equals("MARK")) {
          System.out.println(mark());
        } else {
          task.run();
        }
      }
    } catch (IOException e) {
      // the same as the end
    }
    System.exit(0);
  }

  private static String mark() {
    long count = 0;
    long millis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      count += collector.getCollectionCount();
      millis += collector.getCollectionTime();
    }
    return "MARK allocated=" + allocated() + " gcCount=" + count + " gcMillis=" + millis;
  }

  /** By all threads that live, in bytes. */
  private static long allocated() {
    long[] bytes = THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds());
    return Arrays.stream(bytes).filter(b -> b > 0).sum();
  }
}
