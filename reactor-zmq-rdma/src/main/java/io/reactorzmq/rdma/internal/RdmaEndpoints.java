package io.reactorzmq.rdma.internal;

import io.netty.util.NetUtil;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What {@code rdma://} demands of an endpoint, and how one is dialled or bound. */
public final class RdmaEndpoints {

  private RdmaEndpoints() {}

  /** Checks the endpoint's form, and that UCX can be used at all. */
  public static void validate(Endpoint endpoint, boolean bind) {
    if (endpoint.port() < 0) {
      throw bad(endpoint, "has no port" + (bind ? "; 0 or * lets the system choose one" : ""));
    }
    if (!bind && endpoint.port() == 0) {
      throw bad(
          endpoint, "has no port to connect to; give the port that the other side is bound to");
    }
    if (!bind && endpoint.host().equals("*")) {
      throw bad(endpoint, "has the host *, which only a bind can have; give a name or an address");
    }
    if (!endpoint.parameters().isEmpty()) {
      String name = endpoint.parameters().keySet().iterator().next();
      throw bad(endpoint, "has the unknown parameter '" + name + "'; rdma takes none");
    }
    String unavailable = UcpLibrary.unavailable();
    if (unavailable != null) {
      throw bad(endpoint, "cannot be served: " + unavailable);
    }
  }

  private static EndpointException bad(Endpoint endpoint, String why) {
    return new EndpointException("endpoint '" + endpoint + "' " + why);
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
          return resolve(endpoint, "cannot connect to ")
              .flatMap(address -> dial(endpoint, address, context));
        });
  }

  private static Mono<TransportConnection> dial(
      Endpoint endpoint, InetSocketAddress address, TransportContext context) {
    return Mono.create(
        sink ->
            Loops.run(
                context.eventLoop(),
                () -> {
                  try {
                    UcxLoop loop = UcxLoop.of(context.eventLoop(), options(context));
                    RdmaDial dial = new RdmaDial(loop, endpoint, address, context, sink);
                    sink.onCancel(dial);
                    dial.begin();
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
          return resolve(endpoint, "cannot bind ")
              .flatMap(address -> listen(endpoint, address, context, onConnection));
        });
  }

  private static Mono<TransportServer> listen(
      Endpoint endpoint,
      InetSocketAddress address,
      TransportContext context,
      Consumer<TransportConnection> onConnection) {
    return Mono.create(
        sink ->
            Loops.run(
                context.eventLoop(),
                () -> {
                  try {
                    UcxLoop loop = UcxLoop.of(context.eventLoop(), options(context));
                    RdmaServer server =
                        RdmaServer.bind(loop, context, onConnection, endpoint, address);
                    sink.onCancel(server);
                    sink.success(server);
                  } catch (EndpointException e) {
                    sink.error(e);
                  } catch (IOException e) {
                    sink.error(
                        new EndpointException(
                            "cannot bind " + endpoint + ": " + e.getMessage(), e));
                  }
                }));
  }

  private static RdmaOptions options(TransportContext context) {
    RdmaOptions chosen = context.option(RdmaOptions.class);
    return chosen == null ? RdmaOptions.defaults() : chosen;
  }

  /** Looking up a name may take long, an address is only read. */
  private static Mono<InetSocketAddress> resolve(Endpoint endpoint, String what) {
    String host = endpoint.host();
    if (host.equals("*")) {
      return Mono.just(new InetSocketAddress(endpoint.port()));
    }
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
    Mono<InetAddress> address =
        literal != null
            ? Mono.fromCallable(() -> InetAddress.getByAddress(literal))
            : Mono.fromCallable(() -> InetAddress.getByName(host))
                .subscribeOn(Schedulers.boundedElastic());
    return address
        .onErrorMap(
            UnknownHostException.class,
            e -> new EndpointException(what + endpoint + ": unknown host", e))
        .map(known -> new InetSocketAddress(known, endpoint.port()));
  }
}
