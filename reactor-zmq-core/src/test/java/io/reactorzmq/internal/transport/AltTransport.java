package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.PayloadFrameCodec;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code alt://host:port} over in-process connections, for what a transport beside tcp may do and
 * may fail to do. It offers itself beside an endpoint that mentions it, or beside all; everything
 * else works until a test says how it fails.
 */
public final class AltTransport implements Transport {

  /** What becomes of a dial. */
  public enum Dialling {
    CONNECTS,
    REFUSED,
    /** No connection, ever. */
    HANGS,
    /** A connection to nobody. */
    SILENT,
    /** A connection that breaks with the first frame. */
    DIES
  }

  /** For {@link io.reactorzmq.options.ZmqResources.Builder#transportOptions}. */
  public record Options(String text) {}

  public static final int FRAME_BYTES = 2 * 1024 * 1024;

  /** Offers itself beside every tcp endpoint. */
  public static volatile boolean always;

  /** Why it is not there at all. */
  public static volatile @Nullable String missing;

  /** Why nothing can be bound. */
  public static volatile @Nullable String bindFailure;

  public static volatile boolean bindHangs;
  public static volatile Dialling dialling = Dialling.CONNECTS;

  /** Every dial since {@link #reset()}. */
  public static final Queue<Endpoint> dials = new ConcurrentLinkedQueue<>();

  /** Dials that hang and that nobody has given up. */
  public static final AtomicInteger hanging = new AtomicInteger();

  /** Dialled connections, in order. */
  public static final Queue<Connection> connections = new ConcurrentLinkedQueue<>();

  /** The ports that are bound. */
  public static final Set<Integer> bound = ConcurrentHashMap.newKeySet();

  /** The options of each dial, if it had any. */
  public static final Queue<Options> options = new ConcurrentLinkedQueue<>();

  private static final AtomicInteger PORTS = new AtomicInteger(20_000);
  private static final Endpoint NOBODY = Endpoint.parse("inproc://alt-nobody");

  private final InprocTransport inproc = new InprocTransport();

  /** As if nothing had happened, and everything worked. */
  public static void reset() {
    always = false;
    missing = null;
    bindFailure = null;
    bindHangs = false;
    dialling = Dialling.CONNECTS;
    dials.clear();
    connections.clear();
    options.clear();
  }

  /** Ends every connection that was dialled. */
  public static void breakAll() {
    connections.forEach(connection -> connection.closeWithError(new IOException("the wire broke")));
  }

  @Override
  public Set<String> schemes() {
    return Set.of("alt");
  }

  @Override
  public @Nullable Endpoint alternateTo(Endpoint other) {
    if (!always
        && !other.parameters().containsKey("alt")
        && !"alt".equalsIgnoreCase(System.getenv(Alternates.VARIABLE))) {
      return null;
    }
    requirePresent();
    return Endpoint.parse("alt://" + other.host() + ":0");
  }

  @Override
  public void validate(Endpoint endpoint, boolean bind) {
    requirePresent();
    if (endpoint.port() < 0 || endpoint.port() == 0 && !bind) {
      throw new EndpointException("endpoint '" + endpoint + "' has no port");
    }
  }

  private static void requirePresent() {
    String reason = missing;
    if (reason != null) {
      throw new EndpointException(reason);
    }
  }

  @Override
  public Mono<TransportConnection> connect(Endpoint endpoint, TransportContext context) {
    return Mono.defer(
        () -> {
          dials.add(endpoint);
          Options given = context.option(Options.class);
          if (given != null) {
            options.add(given);
          }
          return switch (dialling) {
            case CONNECTS, DIES -> over(inproc(endpoint.port()), context);
            case REFUSED -> Mono.error(new EndpointException("no way to " + endpoint));
            case HANGS ->
                Mono.<TransportConnection>never()
                    .doOnSubscribe(s -> hanging.incrementAndGet())
                    .doOnCancel(hanging::decrementAndGet);
            case SILENT ->
                inproc
                    .bind(NOBODY, context, accepted -> {})
                    .flatMap(server -> over(NOBODY, context).doFinally(signal -> server.dispose()));
          };
        });
  }

  private Mono<TransportConnection> over(Endpoint endpoint, TransportContext context) {
    return inproc.connect(endpoint, context).map(raw -> wrapped(raw, true));
  }

  private static Connection wrapped(TransportConnection raw, boolean dialled) {
    Connection connection = new Connection(raw, dialled && dialling == Dialling.DIES);
    if (dialled) {
      connections.add(connection);
    }
    return connection;
  }

  private static Endpoint inproc(int port) {
    return Endpoint.parse("inproc://alt-" + port);
  }

  @Override
  public Mono<TransportServer> bind(
      Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection) {
    String reason = bindFailure;
    if (reason != null) {
      return Mono.error(new EndpointException(reason));
    }
    if (bindHangs) {
      return Mono.never();
    }
    int port = PORTS.incrementAndGet();
    return inproc
        .bind(inproc(port), context, raw -> onConnection.accept(wrapped(raw, false)))
        .map(server -> new Server(server, endpoint.withAddress(endpoint.host(), port)));
  }

  /** An in-process connection that remembers what was sent. */
  public static final class Connection extends ForwardingConnection {
    private final boolean dies;
    private final AtomicInteger longest = new AtomicInteger();
    private final Queue<List<Byte>> payloads = new ConcurrentLinkedQueue<>();

    Connection(TransportConnection raw, boolean dies) {
      super(raw);
      this.dies = dies;
    }

    /** The longest frame that the dialler sent. */
    public int longest() {
      return longest.get();
    }

    /** The windows that the dialler announced, in order. */
    public List<Integer> windows() {
      return payloads.stream()
          .filter(p -> p.get(0) == Kind.WINDOW.code())
          .map(p -> (int) p.get(1))
          .toList();
    }

    @Override
    public String transport() {
      return "alt (fake)";
    }

    @Override
    public int frameBytes() {
      return FRAME_BYTES;
    }

    @Override
    public void sendFrame(int streamId, ByteBuf frame) {
      longest.accumulateAndGet(frame.readableBytes(), Math::max);
      if (frame.readableBytes() < 16 && FrameHeaderCodec.frameType(frame) == FrameType.NEXT) {
        ByteBuf data = PayloadFrameCodec.data(frame);
        if (data.readableBytes() == 2) {
          payloads.add(List.of(data.getByte(0), data.getByte(1)));
        }
      }
      super.sendFrame(streamId, frame);
      if (dies) {
        closeWithError(new IOException("the wire broke"));
      }
    }
  }

  private record Server(TransportServer inproc, Endpoint endpoint) implements TransportServer {

    Server {
      bound.add(endpoint.port());
    }

    @Override
    public Mono<Void> onClose() {
      return inproc.onClose();
    }

    @Override
    public void dispose() {
      bound.remove(endpoint.port());
      inproc.dispose();
    }

    @Override
    public boolean isDisposed() {
      return inproc.isDisposed();
    }
  }
}
