package io.reactorzmq.testing;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes every report of Netty's leak detector a test failure.
 *
 * <p>JUnit finds the {@link Alarm} by itself, before any test class is initialised. A leak fails
 * the class at whose end it surfaced; one that surfaces later fails the run. Each report names the
 * test that was running when the leaked object was created.
 */
public final class LeakDetection {
  private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();
  private static final List<Detector<?>> DETECTORS = new CopyOnWriteArrayList<>();
  private static volatile String currentTest = "no test";

  private LeakDetection() {}

  /**
   * Runs code that leaks on purpose and returns the reports whose records hold the marker, given to
   * the leaked object by {@code touch(marker)}. Only they are forgiven.
   */
  public static List<String> expectLeaks(String marker, Runnable leaking) {
    leaking.run();
    List<String> expected = new ArrayList<>();
    for (int round = 0; round < 5 && expected.isEmpty(); round++) {
      surface();
      REPORTS.removeIf(report -> report.contains(marker) && expected.add(report));
    }
    return expected;
  }

  /** Throws if a leak was reported since the last call. */
  public static void failIfLeaked() {
    surface();
    List<String> reports = new ArrayList<>();
    for (String report = REPORTS.poll(); report != null; report = REPORTS.poll()) {
      reports.add(report);
    }
    if (!reports.isEmpty()) {
      throw new AssertionError(
          reports.size() + " leak(s) reported:\n" + String.join("\n", reports));
    }
  }

  /** Collects garbage and lets every detector report what it lost. */
  private static void surface() {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> sentinel = new WeakReference<>(new Object(), queue);
    System.gc();
    try {
      queue.remove(100); // the leaked objects' references are handed over with the sentinel's
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sentinel.clear();
    DETECTORS.forEach(Detector::poll);
  }

  private static synchronized void install() {
    if (!(ResourceLeakDetectorFactory.instance() instanceof Factory)) {
      ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Factory());
    }
  }

  private static final class Factory extends ResourceLeakDetectorFactory {
    @Override
    @SuppressWarnings("deprecation") // the only abstract method
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return newResourceLeakDetector(resource, samplingInterval);
    }

    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval) {
      Detector<T> detector = new Detector<>(resource, samplingInterval, REPORTS::add);
      DETECTORS.add(detector);
      return detector;
    }
  }

  /** A detector that hands its reports to a sink instead of a log. */
  static final class Detector<T> extends ResourceLeakDetector<T> {
    private final Consumer<String> sink;

    Detector(Class<T> resource, int samplingInterval, Consumer<String> sink) {
      super(resource, samplingInterval);
      this.sink = sink;
    }

    /** Reports surface only while something is tracked: so track something for a moment. */
    @SuppressWarnings("unchecked") // a detector never looks at what it tracks
    void poll() {
      T dummy = (T) new Object();
      ResourceLeakTracker<T> tracker = trackForcibly(dummy);
      tracker.close(dummy);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected Object getInitialHint(String resourceType) {
      return "created during " + currentTest;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      sink.accept(resourceType + " was not released." + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      sink.accept(resourceType + " was not released (no records kept).");
    }
  }

  /** Rings at the end of each outermost test class, and once more at the end of the run. */
  public static final class Alarm
      implements Extension, BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    public Alarm() {
      install();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
      currentTest = context.getRequiredTestClass().getName();
      context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(Alarm.class))
          .computeIfAbsent(LastCheck.class);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
      currentTest = context.getRequiredTestClass().getName() + ", " + context.getDisplayName();
    }

    @Override
    public void afterAll(ExtensionContext context) {
      boolean outermost = context.getParent().flatMap(ExtensionContext::getTestClass).isEmpty();
      if (outermost) {
        failIfLeaked();
      }
    }
  }

  /** Closed by JUnit when all classes are through. */
  static final class LastCheck implements AutoCloseable {
    LastCheck() {}

    @Override
    public void close() {
      for (int round = 0; round < 3; round++) {
        failIfLeaked();
      }
    }
  }
}
