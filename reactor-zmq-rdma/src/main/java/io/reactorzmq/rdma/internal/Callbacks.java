package io.reactorzmq.rdma.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions that UCX calls back, one set for the whole JVM: each finds the loop it is for by
 * the number in its argument. Nothing may be thrown out of them, and no user's code runs in them: a
 * loop takes note and acts when UCX has returned.
 */
final class Callbacks {

  /** Arguments carry the loop's number above these bits, and a number of the loop's below. */
  static final int LOOP_SHIFT = 32;

  static final long MESSAGE =
      stub("message", JAVA_BYTE, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final long SENT = stub("sent", null, JAVA_LONG, JAVA_BYTE, JAVA_LONG);
  static final long FETCHED = stub("fetched", null, JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
  static final long DIALLED_BY = stub("dialledBy", null, JAVA_LONG, JAVA_LONG);
  static final long FAILED = stub("failed", null, JAVA_LONG, JAVA_LONG, JAVA_BYTE);

  private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);

  private Callbacks() {}

  private static long stub(String name, @Nullable MemoryLayout result, MemoryLayout... arguments) {
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    MethodType type = descriptor.toMethodType();
    try {
      return Linker.nativeLinker()
          .upcallStub(
              MethodHandles.lookup().findStatic(Callbacks.class, name, type),
              descriptor,
              Arena.global())
          .address();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  static byte message(
      long argument, long header, long headerBytes, long data, long bytes, long parameters) {
    try {
      return (byte)
          LoopNumbers.get((int) (argument >>> LOOP_SHIFT))
              .message((int) argument, header, headerBytes, data, bytes, parameters);
    } catch (Throwable t) {
      unexpected(t);
      return UcpStructs.OK;
    }
  }

  static void sent(long request, byte status, long argument) {
    try {
      Ucp.requestFree(request);
      LoopNumbers.get((int) (argument >>> LOOP_SHIFT)).sent((int) argument, status);
    } catch (Throwable t) {
      unexpected(t);
    }
  }

  static void fetched(long request, byte status, long bytes, long argument) {
    try {
      Ucp.requestFree(request);
      LoopNumbers.get((int) (argument >>> LOOP_SHIFT)).fetched((int) argument, status);
    } catch (Throwable t) {
      unexpected(t);
    }
  }

  static void dialledBy(long request, long argument) {
    try {
      LoopNumbers.get((int) (argument >>> LOOP_SHIFT)).dialledBy(request);
    } catch (Throwable t) {
      unexpected(t);
    }
  }

  static void failed(long argument, long endpoint, byte status) {
    try {
      LoopNumbers.get((int) (argument >>> LOOP_SHIFT)).failed(endpoint, status);
    } catch (Throwable t) {
      unexpected(t);
    }
  }

  private static void unexpected(Throwable t) {
    try {
      LOG.error("A callback of UCX failed", t);
    } catch (Throwable worse) {
      // an exception that left this method would end the JVM
    }
  }
}
