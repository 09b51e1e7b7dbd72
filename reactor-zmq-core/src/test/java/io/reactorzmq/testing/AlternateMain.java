package io.reactorzmq.testing;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.message.Codec;
import java.time.Duration;

/**
 * A PULL bound to {@code tcp://127.0.0.1:0} and a PUSH that dials it, with parameters behind both
 * endpoints, in a process with an environment of its own. It prints what carries the connection, or
 * why a call failed.
 */
public final class AlternateMain {

  private static final Duration SOON = Duration.ofSeconds(10);

  private AlternateMain() {}

  public static void main(String[] arguments) {
    String parameters = arguments.length == 0 ? "" : "?" + arguments[0];
    try {
      PullSocket<String> pull =
          Zmq.pull().codec(Codec.utf8()).bind("tcp://127.0.0.1:0" + parameters).openNow(SOON);
      int port = pull.endpoints().get(0).port();
      PushSocket<String> push =
          Zmq.push()
              .codec(Codec.utf8())
              .connect("tcp://127.0.0.1:" + port + parameters)
              .openNow(SOON);
      push.send("hello").subscribe();
      System.out.println(pull.receive().blockFirst(SOON));
      System.out.println("by " + push.peers().get(0).transport());
      System.out.println("fallbacks " + push.metrics().fallbacks());
    } catch (EndpointException e) {
      System.out.println(e.getMessage());
    }
    System.out.println("done");
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }
}
