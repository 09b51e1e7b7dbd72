package io.reactorzmq.event;

import io.reactorzmq.transport.Endpoint;

/**
 * Who is at the other end of one connection.
 *
 * @param endpoint the endpoint of ours that the connection belongs to: the one we dialled, or the
 *     one we bound and accepted it at
 * @param type the other socket's type, for example {@code "PULL"}
 * @param routingId the other socket's routing id as text, empty if it set none
 * @param socketId the other socket's random identity, 32 hexadecimal digits
 * @param remoteAddress the transport's address of the other end, for log lines
 * @param transport what carries the connection when it becomes live, for people, for example {@code
 *     tcp}; not always the endpoint's scheme, as a connection may have moved to an alternate
 */
public record PeerInfo(
    Endpoint endpoint,
    String type,
    String routingId,
    String socketId,
    String remoteAddress,
    String transport) {}
