package io.reactorzmq.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a transport is given by the socket it works for. All connections of one socket live on one
 * event loop, so that a socket's state is confined to one thread.
 *
 * @param eventLoop runs every callback of the connection; signals from elsewhere must hop to it
 * @param allocator memory for received frames
 * @param maxPendingBytes bound of the bytes queued for a peer; passing it closes that connection
 *     with {@link io.reactorzmq.error.SlowPeerException}
 * @param connectTimeout bound of one dial
 * @param maxInboundFrameLength initial value of {@link
 *     TransportConnection#maxInboundFrameLength(int)}, in bytes
 * @param options what {@code ZmqResources.Builder.transportOptions(..)} was given, by class; not
 *     changed any more
 */
public record TransportContext(
    EventLoop eventLoop,
    ByteBufAllocator allocator,
    long maxPendingBytes,
    Duration connectTimeout,
    int maxInboundFrameLength,
    Map<Class<?>, Object> options) {

  /**
   * A context without options.
   *
   * @param eventLoop runs every callback of the connection
   * @param allocator memory for received frames
   * @param maxPendingBytes bound of the bytes queued for a peer
   * @param connectTimeout bound of one dial
   * @param maxInboundFrameLength initial value, in bytes
   */
  public TransportContext(
      EventLoop eventLoop,
      ByteBufAllocator allocator,
      long maxPendingBytes,
      Duration connectTimeout,
      int maxInboundFrameLength) {
    this(eventLoop, allocator, maxPendingBytes, connectTimeout, maxInboundFrameLength, Map.of());
  }

  /**
   * The options that are meant for one transport, which it knows by their class.
   *
   * @param type the options' class
   * @param <T> the options' class
   * @return null if none were given
   */
  public <T> @Nullable T option(Class<T> type) {
    return type.cast(options.get(type));
  }
}
