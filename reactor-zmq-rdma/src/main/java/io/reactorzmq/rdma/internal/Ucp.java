package io.reactorzmq.rdma.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

// Past 300 lines because each native function has its handle and its method, and nothing else.

/**
 * The functions of UCX's libucp that this module calls, by name. Pointers are plain longs, a status
 * is UCX's own number; structs are laid out in {@link UcpStructs}.
 */
final class Ucp {

  /** What keeps the library from being used, or null. */
  static final @Nullable String UNAVAILABLE;

  /** {@code ucs_status_t} has one byte; what else is in the register is not defined. */
  private static final ValueLayout.OfByte STATUS = ValueLayout.JAVA_BYTE;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup UCP;
  private static final SymbolLookup UCS;

  static {
    SymbolLookup ucp = name -> java.util.Optional.empty();
    SymbolLookup ucs = ucp;
    String unavailable = null;
    try {
      NativeEnvironment.prepare();
      ucs = SymbolLookup.libraryLookup("libucs.so.0", Arena.global());
      ucp = SymbolLookup.libraryLookup("libucp.so.0", Arena.global());
    } catch (IllegalArgumentException e) {
      unavailable =
          "UCX's libucp.so.0 is not there (" + e.getMessage() + "); Debian has it in libucx0";
    } catch (IllegalCallerException e) {
      unavailable = "native access is switched off: " + e.getMessage();
    }
    UCP = ucp;
    UCS = ucs;
    UNAVAILABLE = unavailable;
  }

  private Ucp() {}

  private static MethodHandle handle(
      SymbolLookup library, String name, @Nullable MemoryLayout result, MemoryLayout... arguments) {
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    return LINKER.downcallHandle(
        library
            .find(name)
            .orElseThrow(() -> new IllegalStateException("this UCX has no function " + name)),
        descriptor);
  }

  /** The handles, looked up when the library is known to be there. */
  private static final class Handles {

    static final MethodHandle GET_VERSION =
        handle(UCP, "ucp_get_version", null, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle STATUS_STRING = handle(UCS, "ucs_status_string", JAVA_LONG, STATUS);
    static final MethodHandle CONFIG_READ =
        handle(UCP, "ucp_config_read", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle CONFIG_MODIFY =
        handle(UCP, "ucp_config_modify", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle CONFIG_RELEASE = handle(UCP, "ucp_config_release", null, JAVA_LONG);
    static final MethodHandle INIT =
        handle(
            UCP, "ucp_init_version", STATUS, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle WORKER_CREATE =
        handle(UCP, "ucp_worker_create", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle WORKER_GET_EFD =
        handle(UCP, "ucp_worker_get_efd", STATUS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle WORKER_ARM = handle(UCP, "ucp_worker_arm", STATUS, JAVA_LONG);
    static final MethodHandle WORKER_PROGRESS =
        handle(UCP, "ucp_worker_progress", JAVA_INT, JAVA_LONG);
    static final MethodHandle WORKER_SET_AM =
        handle(UCP, "ucp_worker_set_am_recv_handler", STATUS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle LISTENER_CREATE =
        handle(UCP, "ucp_listener_create", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle LISTENER_QUERY =
        handle(UCP, "ucp_listener_query", STATUS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle CONN_REQUEST_QUERY =
        handle(UCP, "ucp_conn_request_query", STATUS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle EP_CREATE =
        handle(UCP, "ucp_ep_create", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle EP_CLOSE =
        handle(UCP, "ucp_ep_close_nbx", JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle EP_PRINT_INFO =
        handle(UCP, "ucp_ep_print_info", null, JAVA_LONG, JAVA_LONG);
    static final MethodHandle AM_SEND =
        handle(
            UCP,
            "ucp_am_send_nbx",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    static final MethodHandle AM_RECV =
        handle(
            UCP,
            "ucp_am_recv_data_nbx",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    static final MethodHandle AM_RELEASE =
        handle(UCP, "ucp_am_data_release", null, JAVA_LONG, JAVA_LONG);
    static final MethodHandle REQUEST_FREE = handle(UCP, "ucp_request_free", null, JAVA_LONG);
    static final MethodHandle REQUEST_STATUS =
        handle(UCP, "ucp_request_check_status", STATUS, JAVA_LONG);
  }

  private static AssertionError unexpected(Throwable t) {
    return new AssertionError("a downcall threw", t);
  }

  static void getVersion(long major, long minor, long release) {
    try {
      Handles.GET_VERSION.invokeExact(major, minor, release);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static long statusString(int status) {
    try {
      return (long) Handles.STATUS_STRING.invokeExact((byte) status);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int configRead(long prefix, long file, long out) {
    try {
      return (byte) Handles.CONFIG_READ.invokeExact(prefix, file, out);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int configModify(long config, long name, long value) {
    try {
      return (byte) Handles.CONFIG_MODIFY.invokeExact(config, name, value);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void configRelease(long config) {
    try {
      Handles.CONFIG_RELEASE.invokeExact(config);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int init(int major, int minor, long params, long config, long out) {
    try {
      return (byte) Handles.INIT.invokeExact(major, minor, params, config, out);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int workerCreate(long context, long params, long out) {
    try {
      return (byte) Handles.WORKER_CREATE.invokeExact(context, params, out);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int workerGetEfd(long worker, long out) {
    try {
      return (byte) Handles.WORKER_GET_EFD.invokeExact(worker, out);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int workerArm(long worker) {
    try {
      return (byte) Handles.WORKER_ARM.invokeExact(worker);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int workerProgress(long worker) {
    try {
      return (int) Handles.WORKER_PROGRESS.invokeExact(worker);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int workerSetAmHandler(long worker, long params) {
    try {
      return (byte) Handles.WORKER_SET_AM.invokeExact(worker, params);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int listenerCreate(long worker, long params, long out) {
    try {
      return (byte) Handles.LISTENER_CREATE.invokeExact(worker, params, out);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int listenerQuery(long listener, long attributes) {
    try {
      return (byte) Handles.LISTENER_QUERY.invokeExact(listener, attributes);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int connRequestQuery(long request, long attributes) {
    try {
      return (byte) Handles.CONN_REQUEST_QUERY.invokeExact(request, attributes);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int epCreate(long worker, long params, long out) {
    try {
      return (byte) Handles.EP_CREATE.invokeExact(worker, params, out);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static long epClose(long endpoint, long params) {
    try {
      return (long) Handles.EP_CLOSE.invokeExact(endpoint, params);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void epPrintInfo(long endpoint, long file) {
    try {
      Handles.EP_PRINT_INFO.invokeExact(endpoint, file);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static long amSend(
      long endpoint, int id, long header, long headerBytes, long data, long count, long params) {
    try {
      return (long)
          Handles.AM_SEND.invokeExact(endpoint, id, header, headerBytes, data, count, params);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static long amReceive(long worker, long announced, long buffer, long count, long params) {
    try {
      return (long) Handles.AM_RECV.invokeExact(worker, announced, buffer, count, params);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void amRelease(long worker, long data) {
    try {
      Handles.AM_RELEASE.invokeExact(worker, data);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void requestFree(long request) {
    try {
      Handles.REQUEST_FREE.invokeExact(request);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int requestStatus(long request) {
    try {
      return (byte) Handles.REQUEST_STATUS.invokeExact(request);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }
}
