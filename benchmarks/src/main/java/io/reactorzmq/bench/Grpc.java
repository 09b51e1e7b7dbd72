package io.reactorzmq.bench;

import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;

/**
 * Channels and servers of grpc-java as all its contenders have them: without TLS, with callbacks on
 * the event loops, as those of this library are, and without a limit on the message size.
 */
final class Grpc {

  private static final String SERVICE = "bench";

  private Grpc() {}

  static <T, R> MethodDescriptor<T, R> method(
      String name,
      MethodDescriptor.MethodType type,
      MethodDescriptor.Marshaller<T> requests,
      MethodDescriptor.Marshaller<R> responses) {
    return MethodDescriptor.newBuilder(requests, responses)
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .build();
  }

  /** Starts a server of one method; returns its port. */
  static <T, R> int serve(MethodDescriptor<T, R> method, ServerCallHandler<T, R> handler) {
    try {
      Server server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .directExecutor()
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .addService(
                  ServerServiceDefinition.builder(SERVICE).addMethod(method, handler).build())
              .build()
              .start();
      return server.getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ManagedChannel dial(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .directExecutor()
        .usePlaintext()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }
}
