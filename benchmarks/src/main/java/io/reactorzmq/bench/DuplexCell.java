package io.reactorzmq.bench;

import java.util.List;
import java.util.stream.Stream;

/**
 * One of the things that are measured of a bare connection.
 *
 * @param kind what is done
 * @param size bytes of a frame, or of the whole
 */
record DuplexCell(Kind kind, int size) {

  /** What is done with frames. */
  enum Kind {
    /** One at a time, there and back: nanoseconds. */
    ROUND_TRIP,
    /** As many as go one way: bytes in a second. */
    ONE_WAY,
    /** So many bytes one way, in frames of the length that the transport likes. */
    WHOLE
  }

  /** In their order. */
  static final List<DuplexCell> ALL =
      Stream.of(
              Stream.of(64, 4 << 10, 64 << 10, 1 << 20)
                  .map(size -> new DuplexCell(Kind.ROUND_TRIP, size)),
              Stream.of(64 << 10, 256 << 10, 1 << 20, 4 << 20)
                  .map(size -> new DuplexCell(Kind.ONE_WAY, size)),
              Stream.of(new DuplexCell(Kind.WHOLE, 64 << 20)))
          .flatMap(cells -> cells)
          .toList();

  /** In words. */
  String text() {
    String bytes =
        size < 1 << 10
            ? size + " B"
            : size < 1 << 20 ? (size >> 10) + " KiB" : (size >> 20) + " MiB";
    return switch (kind) {
      case ROUND_TRIP -> bytes + " there and back";
      case ONE_WAY -> bytes + " one way";
      case WHOLE -> bytes + " in its own frames";
    };
  }
}
