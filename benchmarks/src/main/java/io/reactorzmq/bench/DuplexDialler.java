package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import org.HdrHistogram.Histogram;
import reactor.core.publisher.BaseSubscriber;

/**
 * Takes the time of round trips and of frames one way. Everything but {@link #run()} happens on the
 * event loop of the connection, which never waits.
 */
final class DuplexDialler extends BaseSubscriber<ByteBuf> {

  /** The longest frame that any transport likes. */
  private static final int MAX_FRAME = 8 << 20;

  /** What may be under way one way: enough for every transport, and never as much as it refuses. */
  private static final int WINDOW = 16 << 20;

  private static final int UNCOUNTED = 50;
  private static final long LONGEST_NANOS = 60_000_000_000L;

  private final EventLoop loop;
  private final TransportConnection connection;
  private final long sliceNanos;
  private final ByteBuf data = DuplexFrames.frame(DuplexFrames.DATA, 0, MAX_FRAME);
  private final Histogram times = new Histogram(1, LONGEST_NANOS, 3);
  private final LinkedBlockingQueue<Long> done = new LinkedBlockingQueue<>();

  private int size;
  private long begun;
  private long ends;
  private long allocated;
  private int uncounted;

  private long bound;
  private long sent;
  private long acknowledged;
  private boolean ended;
  private volatile boolean closing;

  private DuplexDialler(EventLoop loop, TransportConnection connection, int slice) {
    this.loop = loop;
    this.connection = connection;
    this.sliceNanos = slice * 1_000_000L;
    data.setZero(DuplexFrames.HEADER, MAX_FRAME - DuplexFrames.HEADER); // its pages come to be
  }

  static DuplexDialler dial(String port, int slice) throws Exception {
    Endpoint endpoint = Endpoint.parse(Carrier.current().at(port));
    TransportContext context = DuplexFrames.context();
    TransportConnection connection =
        Objects.requireNonNull(
            Transports.forEndpoint(endpoint)
                .connect(endpoint, context)
                .block(Duration.ofSeconds(20)));
    DuplexDialler dialler = new DuplexDialler(context.eventLoop(), connection, slice);
    context.eventLoop().submit(() -> connection.receive().subscribe(dialler)).get();
    return dialler;
  }

  /** The length of the frames it likes, and what carries them. */
  String transport() throws Exception {
    return loop.submit(() -> connection.frameBytes() + " " + connection.transport()).get();
  }

  /** Measures all once, and says a line for each. */
  void run() throws Exception {
    for (DuplexCell cell : DuplexCell.ALL) {
      System.out.println("CELL " + measure(cell));
    }
  }

  /** Ends the connection in good order. */
  void close() {
    closing = true;
    loop.execute(connection::closeGracefully);
    connection.onClose().onErrorComplete().block(Duration.ofSeconds(5));
  }

  private DuplexFigure measure(DuplexCell cell) throws InterruptedException {
    if (cell.kind() == DuplexCell.Kind.WHOLE) {
      measureOnce(cell); // after other lengths of frames
    }
    return measureOnce(cell);
  }

  private DuplexFigure measureOnce(DuplexCell cell) throws InterruptedException {
    long theirs = query();
    loop.execute(() -> begin(cell));
    long nanos = done.take();
    long ours = done.take();
    theirs = query() - theirs;
    if (cell.kind() == DuplexCell.Kind.ROUND_TRIP) {
      double frames = 2.0 * times.getTotalCount();
      return new DuplexFigure(
          times.getValueAtPercentile(50),
          times.getValueAtPercentile(99),
          ours / frames,
          theirs / (2.0 * (times.getTotalCount() + UNCOUNTED)));
    }
    double frames = (double) sent / size;
    return new DuplexFigure(sent * 1e9 / nanos, 0, ours / frames, theirs / frames);
  }

  private long query() throws InterruptedException {
    loop.execute(() -> send(DuplexFrames.frame(DuplexFrames.QUERY, 0, DuplexFrames.HEADER)));
    return done.take();
  }

  private void begin(DuplexCell cell) {
    begun = System.nanoTime();
    ends = begun + sliceNanos;
    allocated = DuplexFrames.allocated();
    switch (cell.kind()) {
      case ROUND_TRIP -> {
        size = cell.size();
        times.reset();
        uncounted = UNCOUNTED;
        ask();
      }
      case ONE_WAY -> {
        size = cell.size();
        bound = Long.MAX_VALUE;
        beginPump();
      }
      case WHOLE -> {
        size = connection.frameBytes();
        bound = cell.size();
        ends = Long.MAX_VALUE;
        beginPump();
      }
    }
  }

  private void ask() {
    ByteBuf frame = DuplexFrames.frame(DuplexFrames.ECHO, 0, size);
    begun = System.nanoTime();
    send(frame);
  }

  private void answered(ByteBuf frame) {
    long now = System.nanoTime();
    if (frame.readableBytes() != size) {
      Answers.fail(new IllegalStateException("a frame came back with another length"));
    }
    if (uncounted > 0) {
      uncounted--;
      if (uncounted == 0) {
        ends = now + sliceNanos;
        allocated = DuplexFrames.allocated();
      }
    } else {
      times.recordValue(Math.min(now - begun, LONGEST_NANOS));
      if (now - ends >= 0) {
        end(now);
        return;
      }
    }
    ask();
  }

  private void beginPump() {
    sent = 0;
    acknowledged = 0;
    ended = false;
    pump();
  }

  private void pump() {
    while (!ended && sent - acknowledged < WINDOW) {
      sent += size;
      ended = sent >= bound || bound == Long.MAX_VALUE && System.nanoTime() - ends >= 0;
      send(ended ? DuplexFrames.frame(DuplexFrames.LAST, 0, size) : data.retainedSlice(0, size));
    }
  }

  private void acknowledged(long bytes) {
    acknowledged = bytes;
    if (ended && bytes == sent) {
      end(System.nanoTime());
    } else {
      pump();
    }
  }

  private void end(long now) {
    long ours = DuplexFrames.allocated() - allocated;
    done.add(now - begun);
    done.add(ours);
  }

  private void send(ByteBuf frame) {
    connection.sendFrame(DuplexFrames.stream(), frame);
  }

  @Override
  protected void hookOnNext(ByteBuf frame) {
    switch (DuplexFrames.what(frame)) {
      case DuplexFrames.ECHO -> answered(frame);
      case DuplexFrames.ACK -> acknowledged(DuplexFrames.number(frame));
      case DuplexFrames.QUERY -> done.add(DuplexFrames.number(frame));
      default -> Answers.fail(new IllegalStateException("a frame of an unknown kind"));
    }
  }

  @Override
  protected void hookOnError(Throwable cause) {
    if (!closing) {
      Answers.fail(cause);
    }
  }
}
