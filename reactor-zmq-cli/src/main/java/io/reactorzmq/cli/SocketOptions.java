package io.reactorzmq.cli;

import io.reactorzmq.SocketSpec;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.cli.line.Format;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The options that all sockets have, and the spec they describe. What makes no sense is refused
 * with a sentence before a socket is opened.
 */
final class SocketOptions {

  private static final long MIB = 1024 * 1024;

  @SuppressWarnings("NullAway.Init")
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--bind",
      paramLabel = "URI",
      description = {
        "Listen there, for example tcp://*:5557. May be given several times.",
        "With port 0 or * the system chooses; stderr tells which."
      })
  private final List<String> binds = new ArrayList<>();

  @Option(
      names = "--connect",
      paramLabel = "URI",
      description = "Connect to it, now or whenever it appears. May be given several times.")
  private final List<String> connects = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "text|json|hex",
      converter = FormatConverter.class,
      description = {
        "What stands between two tabs of a line, which is a part of the message:",
        "text: its bytes as they are, whatever the encoding (default);",
        "json: a JSON document, checked, and printed on one line;",
        "hex: two digits for each byte, the one for messages that contain tabs or line feeds."
      })
  private @Nullable Format format;

  @Option(
      names = "--hwm",
      paramLabel = "N",
      defaultValue = "1000",
      description = "High-water mark: how many messages may wait (default 1000; 0: no limit).")
  private int highWaterMark;

  @Option(
      names = "--linger",
      paramLabel = "DURATION",
      defaultValue = "infinite",
      converter = Durations.Any.class,
      description = {
        "How long to wait, from the end of stdin or an interrupt on, until the input is taken, and"
            + " then until all of it is consumed, for example 100ms, 1s, 2m (default infinite)."
      })
  private Duration linger = Durations.FOREVER;

  @Option(
      names = "--max-message-size",
      paramLabel = "BYTES",
      description = {
        "The largest message to receive (default 64 MiB, where --tensor-dir is given no limit; 0: no"
            + " limit)."
      })
  private @Nullable Long givenMaxMessageSize;

  private long defaultMaxMessageSize = 64 * MIB;

  @Option(names = "--routing-id", paramLabel = "NAME", description = "A name that peers see.")
  private @Nullable String routingId;

  @Option(
      names = "--stats",
      description = "Print rates, drops and peers on stderr, once a second and at the end.")
  private boolean stats;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print on stderr who comes and goes, not only what goes wrong.")
  private boolean verbose;

  @Option(names = "--parent", hidden = true, description = "End with the process of this id.")
  private @Nullable Long parent;

  /** Puts the options into a spec. */
  <S extends SocketSpec<S, K>, K extends ZmqSocket> S apply(S spec, ZmqResources resources) {
    if (binds.isEmpty() && connects.isEmpty()) {
      throw bad("where to? Give --bind URI or --connect URI");
    }
    long memory = Runtime.getRuntime().maxMemory();
    S socket =
        spec.resources(resources)
            .linger(linger)
            .highWaterMarkBytes(Math.max(MIB, Math.min(64 * MIB, memory / 8)))
            .receiveBudgetBytes(Math.max(4 * MIB, Math.min(256 * MIB, memory / 4)));
    if (highWaterMark < 0) {
      throw bad("--hwm is " + highWaterMark + ", must not be negative");
    }
    if (maxMessageSize() < 0) {
      throw bad("--max-message-size is " + maxMessageSize() + ", must not be negative");
    }
    try {
      socket = socket.highWaterMark(highWaterMark).maxMessageSize(maxMessageSize());
      socket = routingId == null ? socket : socket.routingId(routingId);
      for (String uri : binds) {
        socket = socket.bind(reachable(uri));
      }
      for (String uri : connects) {
        socket = socket.connect(reachable(uri));
      }
      return socket;
    } catch (IllegalArgumentException | EndpointException e) {
      throw bad(String.valueOf(e.getMessage()));
    }
  }

  private Endpoint reachable(String uri) {
    Endpoint endpoint = Endpoint.parse(uri);
    if (endpoint.scheme().equals("inproc")) {
      throw bad(
          "endpoint '" + uri + "' is within one process, so nobody could reach it; use tcp://");
    }
    return endpoint;
  }

  /** For a PAIR. */
  void requireOneEndpoint() {
    int endpoints = binds.size() + connects.size();
    if (endpoints > 1) {
      throw bad("a pair takes one endpoint, --bind and --connect give " + endpoints);
    }
  }

  long atLeastOne(String option, long number) {
    if (number < 1) {
      throw bad(option + " is " + number + ", must be at least 1");
    }
    return number;
  }

  ParameterException bad(String sentence) {
    return new ParameterException(command.commandLine(), sentence);
  }

  /** Whether a port was left to the system to choose. */
  boolean hasOpenPort() {
    return Stream.of(binds).flatMap(List::stream).anyMatch(uri -> Endpoint.parse(uri).port() == 0);
  }

  /** A process whose children must not outlive it names itself to them. */
  @Nullable Long parent() {
    return parent;
  }

  String command() {
    return command.qualifiedName();
  }

  Format format() {
    return format == null ? Format.TEXT : format;
  }

  boolean isFormatGiven() {
    return format != null;
  }

  /** Unless told otherwise: what is received takes no memory. */
  void takeAnySize() {
    defaultMaxMessageSize = 0;
  }

  private long maxMessageSize() {
    return givenMaxMessageSize == null ? defaultMaxMessageSize : givenMaxMessageSize;
  }

  Duration linger() {
    return linger;
  }

  boolean stats() {
    return stats;
  }

  boolean verbose() {
    return verbose;
  }

  /** Twice the size for hexadecimal digits, and room for the tabs. */
  long maxLineBytes() {
    return maxMessageSize() == 0 ? Long.MAX_VALUE : 2 * maxMessageSize() + MIB;
  }

  /** Finds the format by its name in lower case. */
  static final class FormatConverter implements ITypeConverter<Format> {
    @Override
    public Format convert(String name) {
      try {
        return Format.of(name);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
