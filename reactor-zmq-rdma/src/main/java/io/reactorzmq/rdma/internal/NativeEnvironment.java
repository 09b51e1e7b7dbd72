package io.reactorzmq.rdma.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Map;

/**
 * The environment variables that UCX reads when it is loaded, before anything can be said by its
 * functions. What the user has set stays.
 */
final class NativeEnvironment {

  /**
   * The JVM uses these signals itself, so UCX must not catch them. What UCX has to say goes to
   * standard error, which a program's output does not, and only errors. UCX 1.13 watches one socket
   * for each connection of a worker, 1024 by default; of the next one that comes it closes the file
   * descriptor twice, which by then may be anybody's.
   */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "UCX_ERROR_SIGNALS", "",
          "UCX_LOG_FILE", "stderr",
          "UCX_LOG_LEVEL", "fatal",
          "UCX_ASYNC_MAX_EVENTS", "65536");

  private NativeEnvironment() {}

  static void prepare() {
    Linker linker = Linker.nativeLinker();
    MethodHandle setenv =
        linker.downcallHandle(
            linker.defaultLookup().find("setenv").orElseThrow(IllegalArgumentException::new),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      for (Map.Entry<String, String> variable : DEFAULTS.entrySet()) {
        int unused =
            (int)
                setenv.invokeExact(
                    arena.allocateFrom(variable.getKey()),
                    arena.allocateFrom(variable.getValue()),
                    0);
      }
    } catch (Throwable t) {
      throw new AssertionError("setenv threw", t);
    }
  }
}
