package io.reactorzmq.rdma.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which transports and devices UCX has chosen for an endpoint. UCX 1.13 tells it only as text,
 * which it prints into a file.
 */
final class EndpointInfo {

  private static final Pattern LANE =
      Pattern.compile("lane\\[\\d+]:\\s+(?:\\d+:)?([\\w]+)/([^\\s.]+)");

  /** What UCX prints of an endpoint is about 1 KiB; the rest would be lanes that repeat. */
  private static final int MOST = 16 * 1024;

  private static final MethodHandle OPEN =
      libc("fmemopen", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle CLOSE = libc("fclose", JAVA_INT, JAVA_LONG);

  private EndpointInfo() {}

  private static MethodHandle libc(String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
  }

  /**
   * For example {@code "rdma (rc_verbs/mlx5_0:1)"}.
   *
   * @return in UCX's words, each transport once; {@code "rdma"} if it does not say
   */
  static String transport(UcxEndpoint endpoint) {
    return endpoint.isDead() ? "rdma" : transport(print(endpoint.handle()));
  }

  static String transport(String printed) {
    Set<String> lanes = new LinkedHashSet<>();
    Matcher lane = LANE.matcher(printed);
    while (lane.find()) {
      lanes.add(lane.group(1) + "/" + lane.group(2));
    }
    return lanes.isEmpty() ? "rdma" : "rdma (" + String.join(", ", lanes) + ")";
  }

  /** Into memory of ours: what one C library has allocated another one must not free. */
  private static String print(long endpoint) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocate(MOST).address();
      long file = (long) OPEN.invokeExact(text, (long) MOST - 1, arena.allocateFrom("w").address());
      if (file == 0) {
        return "";
      }
      Ucp.epPrintInfo(endpoint, file);
      int closed = (int) CLOSE.invokeExact(file);
      return closed == 0 ? Memory.text(text) : "";
    } catch (Throwable t) {
      throw new AssertionError("a downcall threw", t);
    }
  }
}
