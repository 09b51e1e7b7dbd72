package io.reactorzmq.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.reactorzmq.transport.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * A network between dialler and listener that a test can break: it passes bytes on, slowly if asked
 * to, until it ends a connection, or loses one of its sides.
 */
public final class TcpProxy implements AutoCloseable {

  private static final int BUFFER = 16 * 1024;
  private static final long CATCH_UP_NANOS = 200_000_000;

  private final ServerSocket server;
  private final Endpoint target;
  private final Thread accepting;
  private final Queue<Link> links = new ConcurrentLinkedQueue<>();
  private volatile long bytesPerSecond = Long.MAX_VALUE;
  private volatile UnaryOperator<byte[]> toDialler = UnaryOperator.identity();
  private volatile UnaryOperator<byte[]> toListener = UnaryOperator.identity();

  private TcpProxy(ServerSocket server, Endpoint target) {
    this.server = server;
    this.target = target;
    this.accepting = run("accept", this::accept);
  }

  /** Listens at a port of its own and dials the target, which need not be bound yet. */
  public static TcpProxy to(String endpoint) {
    try {
      ServerSocket server = new ServerSocket();
      server.setReceiveBufferSize(BUFFER);
      server.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return new TcpProxy(server, Endpoint.parse(endpoint));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where to connect. */
  public String endpoint() {
    return "tcp://127.0.0.1:" + server.getLocalPort();
  }

  /** From now on each direction of each connection passes this many bytes a second. */
  public TcpProxy throttle(long bytes) {
    bytesPerSecond = bytes;
    return this;
  }

  /** From now on the dialler reads some bytes in place of others, as many. */
  public TcpProxy rewriteToDialler(byte[] from, byte[] to) {
    toDialler = replacing(from, to);
    return this;
  }

  /** From now on the listener reads some bytes in place of others, as many. */
  public TcpProxy rewriteToListener(byte[] from, byte[] to) {
    toListener = replacing(from, to);
    return this;
  }

  private static UnaryOperator<byte[]> replacing(byte[] from, byte[] to) {
    String old = new String(from, ISO_8859_1);
    String changed = new String(to, ISO_8859_1);
    return bytes -> new String(bytes, ISO_8859_1).replace(old, changed).getBytes(ISO_8859_1);
  }

  /** Ends one connection, counting from the oldest, from 0 on; both sides notice. */
  public void sever(int index) {
    Link link = List.copyOf(links).get(index);
    links.remove(link);
    link.close();
  }

  /** Ends every connection; both sides notice. */
  public void sever() {
    // a dialler may be back before all of them are closed, and its new connection stays known
    List<Link> present = List.copyOf(links);
    links.removeAll(present);
    present.forEach(Link::close);
  }

  /**
   * Ends every connection for the dialler alone: the listener gets neither FIN nor RST and hears
   * nothing any more.
   */
  public void loseListeners() {
    links.forEach(Link::loseListener);
  }

  /** Ends every connection and takes no new one. */
  public void endForGood() {
    closeQuietly(server);
    try {
      accepting.join(); // as long as it hangs in accept(), the system lets connections in
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sever();
  }

  @Override
  public void close() {
    endForGood();
  }

  private void accept() throws IOException {
    while (!server.isClosed()) {
      Socket dialler = server.accept();
      try {
        Socket listener = new Socket();
        listener.setReceiveBufferSize(BUFFER);
        listener.connect(new java.net.InetSocketAddress(target.host(), target.port()));
        Link link = new Link(dialler, listener);
        links.add(link);
        run("to listener", () -> link.pump(dialler, listener));
        run("to dialler", () -> link.pump(listener, dialler));
      } catch (IOException e) {
        closeQuietly(dialler);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static Thread run(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // a side has gone, which is what the proxy is for
              }
            },
            "proxy " + name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // it is gone either way
    }
  }

  private final class Link {
    private final Socket dialler;
    private final Socket listener;
    private final AtomicLong ended = new AtomicLong();
    private volatile boolean stalled;

    Link(Socket dialler, Socket listener) {
      this.dialler = dialler;
      this.listener = listener;
    }

    void pump(Socket from, Socket to) throws IOException {
      byte[] buffer = new byte[BUFFER];
      long due = 0;
      try {
        for (int n; (n = from.getInputStream().read(buffer)) >= 0; ) {
          while (stalled && !to.isClosed() && !from.isClosed()) {
            LockSupport.parkNanos(1_000_000);
          }
          UnaryOperator<byte[]> rewrite = from == dialler ? toListener : toDialler;
          to.getOutputStream().write(rewrite.apply(Arrays.copyOf(buffer, n)));
          due = pace(due, n);
        }
        if (!stalled) {
          to.shutdownOutput();
        }
        if (ended.incrementAndGet() == 2) {
          close();
        }
      } catch (IOException e) {
        if (!stalled) {
          close();
        }
        throw e;
      }
    }

    /** Waits until it is time for more than these bytes; what came late is made up for. */
    private long pace(long due, int bytes) {
      long rate = bytesPerSecond;
      if (rate == Long.MAX_VALUE) {
        return 0;
      }
      long now = System.nanoTime();
      long next = (due == 0 ? now : due) + bytes * 1_000_000_000L / rate;
      for (long left; (left = next - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      return Math.max(next, now - CATCH_UP_NANOS);
    }

    void loseListener() {
      stalled = true;
      closeQuietly(dialler);
    }

    void close() {
      closeQuietly(dialler);
      closeQuietly(listener);
    }
  }
}
