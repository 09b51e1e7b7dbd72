package io.reactorzmq.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The floor: a blocking socket, one thread a side, direct memory, one byte as acknowledgement. */
final class RawTransfer {

  private RawTransfer() {}

  static String listen(Transfer transfer) throws IOException {
    ServerSocketChannel listening =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    // Filled before anybody can connect: what is there in the beginning is the sender's own.
    RawMemory source = transfer.dialSends() ? null : RawMemory.filled(transfer.size());
    Threads.start("raw", () -> serve(transfer, listening.accept(), source));
    return String.valueOf(listening.socket().getLocalPort());
  }

  private static void serve(Transfer transfer, SocketChannel channel, @Nullable RawMemory source)
      throws IOException {
    try (Receiver receiver = source == null ? new Receiver(transfer, channel) : null) {
      for (; ; ) {
        if (receiver != null) {
          receiver.receive();
          signal(channel);
          receiver.free();
        } else if (source != null) {
          await(channel);
          send(transfer, source.buffer(), channel);
        }
      }
    } catch (EOFException e) {
      // the process that dials has ended
    }
  }

  static Transfer.Dialled dial(Transfer transfer, String port) throws IOException {
    SocketChannel channel =
        SocketChannel.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
    if (transfer.dialSends()) {
      RawMemory source = RawMemory.filled(transfer.size());
      return () -> {
        long begun = System.nanoTime();
        send(transfer, source.buffer(), channel);
        await(channel);
        return System.nanoTime() - begun;
      };
    }
    Receiver receiver = new Receiver(transfer, channel);
    return () -> {
      long begun = System.nanoTime();
      signal(channel);
      receiver.receive();
      long took = System.nanoTime() - begun;
      receiver.free();
      return took;
    };
  }

  private static void send(Transfer transfer, ByteBuffer source, SocketChannel channel)
      throws IOException {
    for (int i = 0; i < transfer.count(); i++) {
      source.clear();
      while (source.position() < transfer.size()) {
        source.limit(Math.min(transfer.size(), source.position() + transfer.piece()));
        channel.write(source);
      }
    }
  }

  private static void signal(SocketChannel channel) throws IOException {
    channel.write(ByteBuffer.allocate(1));
  }

  private static void await(SocketChannel channel) throws IOException {
    if (channel.read(ByteBuffer.allocate(1)) < 0) {
      throw new EOFException();
    }
  }

  /** Reads values into memory of one kind. */
  private static final class Receiver implements AutoCloseable {

    private final Transfer transfer;
    private final SocketChannel channel;
    private RawMemory memory;

    Receiver(Transfer transfer, SocketChannel channel) {
      this.transfer = transfer;
      this.channel = channel;
      boolean piece = transfer.kind().equals("raw-piece");
      boolean kept = transfer.kind().equals("raw-kept");
      this.memory = RawMemory.zeroed(piece ? transfer.piece() : kept ? transfer.size() : 1);
    }

    void receive() throws IOException {
      ByteBuffer first = ByteBuffer.allocate(1);
      // Memory is made when a value begins to come, not while nothing is being timed.
      if (channel.read(first) < 0) {
        throw new EOFException();
      }
      for (int i = 0; i < transfer.count(); i++) {
        if (transfer.isFresh()) {
          memory.close();
          boolean zeroed = transfer.kind().equals("raw-zeroed");
          memory =
              zeroed ? RawMemory.zeroed(transfer.size()) : RawMemory.untouched(transfer.size());
        }
        memory.buffer().clear();
        if (i == 0) {
          memory.buffer().put(first.flip());
        }
        receiveOne(memory.buffer());
      }
    }

    private void receiveOne(ByteBuffer into) throws IOException {
      int size = transfer.size();
      boolean inPlace = into.capacity() >= size;
      int received = into.position();
      while (received < size) {
        if (!inPlace) {
          into.clear();
        }
        int from = into.position();
        into.limit(from + Math.min(transfer.piece(), size - received));
        int read = channel.read(into);
        if (read < 0) {
          throw new EOFException();
        }
        Pattern.check(received, read, size, at -> into.get(from + (int) at));
        received += read;
      }
    }

    /** Gives back what the last value lies in, unless it is used again. */
    void free() {
      if (transfer.isFresh()) {
        memory.close();
        memory = RawMemory.zeroed(1);
      }
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
