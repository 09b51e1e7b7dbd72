package io.reactorzmq.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Proves that the alarm rings: without this, a build without leaks says nothing. */
class LeakDetectionTest {
  @Test
  void theBuildRunsParanoid() {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
  }

  @Test
  void aLeakedBufferIsReportedWithTheTestThatAllocatedIt() {
    List<String> reports =
        LeakDetection.expectLeaks(
            "leaked on purpose", () -> Unpooled.directBuffer(16).touch("leaked on purpose"));

    assertThat(reports)
        .singleElement()
        .asString()
        .contains("ByteBuf was not released")
        .contains("created during " + LeakDetectionTest.class.getName());
  }

  @Test
  void aReleasedBufferIsNot() {
    List<String> reports =
        LeakDetection.expectLeaks(
            "released",
            () -> {
              ByteBuf buffer = Unpooled.directBuffer(16);
              buffer.touch("released");
              buffer.release();
            });

    assertThat(reports).isEmpty();
  }

  @Test
  void aDetectorOfItsOwnReportsOnce() {
    List<String> reports = new ArrayList<>();
    LeakDetection.Detector<Object> detector =
        new LeakDetection.Detector<>(Object.class, 1, reports::add);
    ResourceLeakTracker<Object> tracker = detector.trackForcibly(new Object());
    assertThat(tracker).isNotNull();

    for (int round = 0; round < 20 && reports.isEmpty(); round++) {
      System.gc();
      detector.poll();
    }
    detector.poll();

    assertThat(reports).hasSize(1);
  }

  @Test
  void aClassThatLeaksFails() {
    Leaky.armed = true;
    EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
        .selectors(selectClass(Leaky.class))
        .execute()
        .containerEvents()
        .failed()
        .assertThatEvents()
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.toString())
                    .contains(Leaky.class.getSimpleName(), "1 leak(s) reported"));
  }

  static class Leaky {
    private static boolean armed;

    @Test
    void leaks() {
      assumeTrue(armed, "leaks only when asked to");
      Unpooled.directBuffer(16).touch("by Leaky");
    }
  }
}
