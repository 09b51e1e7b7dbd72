package io.reactorzmq.cli.tensor;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.tensor.TensorAllocator;
import io.reactorzmq.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory that received tensors lie in until they are saved: nameless files in the directory
 * they are saved to, mapped into memory. So the room is that of the disk, whatever the options of
 * the Java machine, and nothing is left of them when the process ends, however it does.
 */
public final class Scratch implements TensorAllocator, AutoCloseable {

  private final Path dir;
  private final long fileBytes;
  private final Runnable onFailure;
  private final Set<Arrival> arrivals = ConcurrentHashMap.newKeySet();
  private final AtomicLong finished = new AtomicLong();
  private @Nullable ScratchFile current; // guarded by this object

  /**
   * Creates no file yet.
   *
   * @param dir where files are made
   * @param fileBytes the size of a file, unless one tensor needs more
   * @param onFailure called on the event loop, and so must not block, when there is no room or no
   *     file can be made; the message is refused then
   */
  public Scratch(Path dir, int fileBytes, Runnable onFailure) {
    this.dir = dir;
    this.fileBytes = fileBytes;
    this.onFailure = onFailure;
  }

  @Override
  public synchronized ByteBuf allocate(TensorInfo tensor, long offset, int bytes) {
    ScratchFile file = current;
    if (file == null || !file.hasRoom(bytes)) {
      if (file != null) {
        current = null;
        file.seal();
      }
      file = open(Math.max(fileBytes, bytes));
      current = file;
    }
    return new ScratchBuffer(this, file, file.take(bytes));
  }

  private ScratchFile open(long bytes) {
    try {
      long usable = Files.getFileStore(dir).getUsableSpace();
      if (usable < bytes) {
        onFailure.run();
        throw new CodecException(
            "%d bytes are left in %s, receiving needs %d there".formatted(usable, dir, bytes));
      }
      return new ScratchFile(dir, bytes);
    } catch (IOException e) {
      onFailure.run();
      throw new CodecException(
          "cannot make a file of %d bytes in %s: %s".formatted(bytes, dir, FileFailures.reason(e)),
          e);
    }
  }

  /** A buffer is for a message. */
  void begun(Arrival arrival, ScratchBuffer buffer) {
    buffer.belongsTo(arrival);
    arrivals.add(arrival);
  }

  void released(ScratchFile file, @Nullable Arrival arrival) {
    if (arrival != null && arrival.released()) {
      arrivals.remove(arrival);
      finished.addAndGet(arrival.arrived());
    }
    synchronized (this) {
      file.giveBack();
      if (file.isIdle() && file.bytes() > fileBytes) { // nobody may ever need as much again
        current = current == file ? null : current;
        file.seal();
      }
    }
  }

  /**
   * How much of what is arriving, or has arrived and is not released, is there; any thread.
   *
   * @return a snapshot
   */
  public Transfer transfer() {
    long done = 0;
    long total = 0;
    for (Arrival each : arrivals) {
      done += each.arrived();
      total += each.total();
    }
    return new Transfer("receiving", done, total, finished.get() + done);
  }

  /** Gives back the disk when the last tensor is released. */
  @Override
  public synchronized void close() {
    ScratchFile file = current;
    if (file != null) {
      current = null;
      file.seal();
    }
  }
}
