package io.reactorzmq.rdma.internal;

import io.netty.util.NetUtil;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.internal.transport.TcpTransport;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** What {@code rdma://} demands of an endpoint, and how one is dialled or bound. */
public final class RdmaEndpoints {

  /** A server's worker of UCX 1.13 writes past its memory when it is dialled by TCP over IPv6. */
  private static final String ONLY_IPV4 = "rdma is for IPv4 addresses";

  private RdmaEndpoints() {}

  /** Checks the endpoint's form, and that UCX can be used at all. */
  public static void validate(Endpoint endpoint, boolean bind) {
    if (!endpoint.parameters().isEmpty()) {
      String name = endpoint.parameters().keySet().iterator().next();
      throw new EndpointException(
          "endpoint '" + endpoint + "' has the unknown parameter '" + name + "'; rdma takes none");
    }
    new TcpTransport().validate(endpoint, bind);
    if (endpoint.host().startsWith("[")) {
      throw new EndpointException("endpoint '" + endpoint + "' cannot be served: " + ONLY_IPV4);
    }
    String unavailable = UcpLibrary.unavailable();
    if (unavailable != null) {
      throw new EndpointException("endpoint '" + endpoint + "' cannot be served: " + unavailable);
    }
  }

  /** Beside each endpoint of TCP one of RDMA, where UCX is there. */
  public static @Nullable Endpoint alternateTo(Endpoint other) {
    if (!other.scheme().equals("tcp")) {
      return null;
    }
    Endpoint alternate = Endpoint.parse("rdma://" + other.host() + ":0");
    validate(alternate, true);
    return alternate;
  }

  /** Dials; cold. */
  public static Mono<TransportConnection> connect(Endpoint endpoint, TransportContext context) {
    return Mono.defer(
        () -> {
          validate(endpoint, false);
          return new TcpTransport()
              .connect(reachable(endpoint), context)
              .flatMap(door -> enter(endpoint, door, context));
        });
  }

  /** Who dials 0.0.0.0 reaches this host, and by IPv6 if he can. */
  private static Endpoint reachable(Endpoint endpoint) {
    return endpoint.host().equals("0.0.0.0")
        ? endpoint.withAddress("127.0.0.1", endpoint.port())
        : endpoint;
  }

  private static void requirePort(Greeting greeting) {
    if (greeting.port() == Greeting.NO_PORT) {
      throw new HandshakeException("it was reached by IPv6, and " + ONLY_IPV4);
    }
  }

  private static Mono<TransportConnection> enter(
      Endpoint endpoint, TransportConnection door, TransportContext context) {
    Duration limit = context.connectTimeout();
    return door.receive()
        .next()
        .map(Greeting::decode)
        .doOnNext(RdmaEndpoints::requirePort)
        .timeout(limit, onLoop(context))
        .flatMap(greeting -> dial(endpoint, door, greeting, context))
        .onErrorMap(failure -> explained(endpoint, limit, failure))
        .doOnError(failure -> door.dispose())
        .doOnCancel(door::dispose);
  }

  private static Throwable explained(Endpoint endpoint, Duration limit, Throwable failure) {
    if (failure instanceof EndpointException) {
      return failure;
    }
    if (Exceptions.unwrap(failure) instanceof OutOfMemoryError) {
      return new HandshakeException("no memory for a connection to " + endpoint, failure);
    }
    String why =
        failure instanceof TimeoutException
            ? "no greeting within " + limit.toMillis() + " ms; what listens there may be no rdma://"
            : failure instanceof HandshakeException
                ? failure.getMessage()
                : "it closed without a greeting: " + failure.getMessage();
    return new EndpointException("cannot connect to " + endpoint + ": " + why, failure);
  }

  private static Mono<TransportConnection> dial(
      Endpoint endpoint, TransportConnection door, Greeting greeting, TransportContext context) {
    return Mono.create(
        sink ->
            Loops.run(
                context.eventLoop(),
                () -> {
                  try {
                    RdmaDial dial =
                        new RdmaDial(UcxLoops.of(context), endpoint, door, context, sink);
                    sink.onCancel(dial);
                    dial.begin(greeting);
                  } catch (IOException e) {
                    sink.error(
                        new EndpointException(
                            "cannot connect to " + endpoint + ": " + e.getMessage(), e));
                  }
                }));
  }

  /** Binds; cold. */
  public static Mono<TransportServer> bind(
      Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection) {
    return Mono.defer(
        () -> {
          validate(endpoint, true);
          return address(endpoint.host())
              .publishOn(onLoop(context))
              .flatMap(address -> RdmaServer.bind(endpoint, address, context, onConnection))
              .onErrorMap(
                  IOException.class,
                  e -> new EndpointException("cannot bind " + endpoint + ": " + reason(e), e));
        });
  }

  private static String reason(IOException e) {
    return e instanceof UnknownHostException ? "unknown host" : String.valueOf(e.getMessage());
  }

  private static Scheduler onLoop(TransportContext context) {
    return Schedulers.fromExecutorService(context.eventLoop());
  }

  /** Looking up a name may take long, an address is only read. */
  private static Mono<InetAddress> address(String host) {
    if (host.equals("*")) {
      return Mono.fromCallable(() -> InetAddress.getByAddress(new byte[4]));
    }
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
    return literal != null
        ? Mono.fromCallable(() -> InetAddress.getByAddress(literal))
        : Mono.fromCallable(() -> InetAddress.getByName(host))
            .subscribeOn(Schedulers.boundedElastic());
  }
}
