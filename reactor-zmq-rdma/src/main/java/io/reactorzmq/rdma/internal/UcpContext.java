package io.reactorzmq.rdma.internal;

import io.reactorzmq.rdma.RdmaOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A context of UCX, which knows the devices and which transports may be used: one for each event
 * loop, so that nothing in it is shared between threads.
 */
final class UcpContext {

  private final long handle;

  private UcpContext(long handle) {
    this.handle = handle;
  }

  static UcpContext open(RdmaOptions options) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(8, 8);
      UcpStatus.check("cannot read UCX's settings", Ucp.configRead(0, 0, out.address()));
      long config = Memory.getLong(out.address());
      try {
        for (Map.Entry<String, String> setting : settings(options).entrySet()) {
          int status =
              Ucp.configModify(
                  config,
                  arena.allocateFrom(setting.getKey()).address(),
                  arena.allocateFrom(setting.getValue()).address());
          UcpStatus.check(
              "UCX does not take " + setting.getKey() + "=" + setting.getValue(), status);
        }
        long params = arena.allocate(UcpStructs.PARAMS_BYTES, 8).address();
        Memory.putLong(params, UcpStructs.PARAM_FEATURES);
        Memory.putLong(
            params + UcpStructs.PARAMS_FEATURES, UcpStructs.FEATURE_AM | UcpStructs.FEATURE_WAKEUP);
        int status =
            Ucp.init(UcpStructs.API_MAJOR, UcpStructs.API_MINOR, params, config, out.address());
        UcpStatus.check("UCX cannot start" + with(options), status);
        return new UcpContext(Memory.getLong(out.address()));
      } finally {
        Ucp.configRelease(config);
      }
    }
  }

  private static String with(RdmaOptions options) {
    return options.transports().isEmpty() && options.devices().isEmpty()
        ? ""
        : " with transports " + options.transports() + " and devices " + options.devices();
  }

  private static Map<String, String> settings(RdmaOptions options) {
    Map<String, String> settings = new LinkedHashMap<>();
    // Without this UCX tells of no dead peer over shared memory, and so leaves shared memory out.
    settings.put("MM_ERROR_HANDLING", "y");
    // What is announced is fetched by the way the announcement came. Left to itself UCX 1.13 has it
    // sent by TCP beside shared memory: 51 µs instead of 11 for 16 KiB there and back.
    settings.put("RNDV_SCHEME", "get_zcopy");
    settings.put("MAX_RNDV_RAILS", "1");
    settings.keySet().removeIf(name -> System.getenv("UCX_" + name) != null);
    if (!options.transports().isEmpty()) {
      settings.put("TLS", String.join(",", options.transports()));
    }
    if (!options.devices().isEmpty()) {
      settings.put("NET_DEVICES", String.join(",", options.devices()));
    }
    Integer threshold = options.rendezvousThreshold();
    if (threshold != null) {
      settings.put("RNDV_THRESH", String.valueOf(threshold));
    }
    return settings;
  }

  long handle() {
    return handle;
  }
}
