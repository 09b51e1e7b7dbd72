package io.reactorzmq.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.time.Duration;

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
 */
public record TransportContext(
    EventLoop eventLoop,
    ByteBufAllocator allocator,
    long maxPendingBytes,
    Duration connectTimeout,
    int maxInboundFrameLength) {}
