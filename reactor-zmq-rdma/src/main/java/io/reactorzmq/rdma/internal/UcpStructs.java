package io.reactorzmq.rdma.internal;

/**
 * Sizes, offsets and constants of the structs of UCX's C interface, version 1.13 and later 1.x. UCX
 * only appends fields and tells them by mask, so these stay valid while the major version does.
 */
final class UcpStructs {

  static final int OK = 0;
  static final int IN_PROGRESS = 1;
  static final int ERR_NO_MEMORY = -4;
  static final int ERR_BUSY = -15;
  static final int ERR_CANCELED = -16;

  /** Not UCX's: see {@link Blockage}. */
  static final int BLOCKED = -1000;

  /** A status in place of a pointer: those above this, unsigned, are errors. */
  static final long ERR_LAST = -100;

  static final int API_MAJOR = 1;
  static final int API_MINOR = 13;

  // ucp_params_t
  static final int PARAMS_BYTES = 80;
  static final long PARAM_FEATURES = 1;
  static final int PARAMS_FEATURES = 8;
  static final long FEATURE_AM = 0x40;
  static final long FEATURE_WAKEUP = 0x10;
  static final long PARAM_MT_WORKERS_SHARED = 0x20;
  static final int PARAMS_MT_WORKERS_SHARED = 48;

  // ucp_worker_params_t
  static final int WORKER_PARAMS_BYTES = 200;
  static final long WORKER_PARAM_THREAD_MODE = 1;
  static final int WORKER_PARAMS_THREAD_MODE = 8;
  static final int THREAD_MODE_SERIALIZED = 1;

  // ucp_am_handler_param_t
  static final int AM_HANDLER_BYTES = 32;
  static final long AM_HANDLER_ALL = 0xF;
  static final int AM_HANDLER_ID = 8;
  static final int AM_HANDLER_FLAGS = 12;
  static final int AM_HANDLER_CALLBACK = 16;
  static final int AM_HANDLER_ARGUMENT = 24;
  static final int AM_FLAG_WHOLE_MSG = 1;

  // ucp_am_recv_param_t
  static final int AM_RECV_REPLY_EP = 8;
  static final long AM_RECV_HAS_REPLY_EP = 1;
  static final long AM_RECV_RNDV = 0x20000;
  static final int AM_SEND_REPLY = 1;

  // ucp_request_param_t
  static final int REQUEST_PARAM_BYTES = 72;
  static final int REQUEST_MASK = 0;
  static final int REQUEST_FLAGS = 4;
  static final int REQUEST_CALLBACK = 16;
  static final int REQUEST_DATATYPE = 24;
  static final int REQUEST_USER_DATA = 32;
  static final int REQUEST_MEMORY_TYPE = 48;
  static final int OP_CALLBACK = 0x2;
  static final int OP_USER_DATA = 0x4;
  static final int OP_DATATYPE = 0x8;
  static final int OP_FLAGS = 0x10;
  static final int OP_MEMORY_TYPE = 0x40;
  static final long DATATYPE_BYTES = 0x8;
  static final long DATATYPE_IOV = 0x2;
  static final int EP_CLOSE_FORCE = 1;

  // ucp_dt_iov_t
  static final int IOV_BYTES = 16;

  // ucp_listener_params_t, ucp_listener_attr_t, ucp_conn_request_attr_t
  static final int LISTENER_PARAMS_BYTES = 56;
  static final long LISTENER_PARAM_ADDRESS_AND_HANDLER = 1 | 4;
  static final int LISTENER_ADDRESS = 8;
  static final int LISTENER_ADDRESS_BYTES = 16;
  static final int LISTENER_HANDLER = 40;
  static final int LISTENER_ARGUMENT = 48;
  static final int LISTENER_ATTR_BYTES = 136;
  static final int CONN_REQUEST_ATTR_BYTES = 144;
  static final long ATTR_SOCKET_ADDRESS = 1;
  static final int ATTR_ADDRESS = 8;

  // ucp_ep_params_t
  static final int EP_PARAMS_BYTES = 104;
  static final long EP_PARAM_ERROR_MODE_AND_HANDLER = 2 | 4;
  static final long EP_PARAM_SOCKET_ADDRESS = 0x10;
  static final long EP_PARAM_FLAGS = 0x20;
  static final long EP_PARAM_CONN_REQUEST = 0x40;
  static final int EP_ERROR_MODE = 16;
  static final int EP_ERROR_HANDLER = 24;
  static final int EP_ERROR_ARGUMENT = 32;
  static final int EP_FLAGS = 48;
  static final int EP_ADDRESS = 56;
  static final int EP_ADDRESS_BYTES = 64;
  static final int EP_CONN_REQUEST = 72;
  static final int ERROR_MODE_PEER = 1;
  static final int EP_FLAG_CLIENT_SERVER = 1;

  private UcpStructs() {}

  /** Whether a returned pointer is a status instead. */
  static boolean isError(long pointer) {
    return Long.compareUnsigned(pointer, ERR_LAST) >= 0;
  }
}
