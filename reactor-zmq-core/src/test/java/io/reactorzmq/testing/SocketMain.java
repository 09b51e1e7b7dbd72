package io.reactorzmq.testing;

import io.reactorzmq.PairSocket;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A socket in a process of its own: {@code pull|push|pair|rep bind|connect endpoint [name]}. It
 * prints {@code bound ENDPOINT}, {@code connected}, and what it receives. PUSH and PAIR send name0,
 * name1, name2 and so on as fast as they may; a REP answers with its name and the request, and not
 * at all to what begins with "never". It ends when its standard input does.
 */
public final class SocketMain {

  private SocketMain() {}

  public static void main(String[] arguments) throws IOException {
    boolean bind = arguments[1].equals("bind");
    String endpoint = arguments[2];
    String name = arguments.length > 3 ? arguments[3] : "";
    Codec<String> text = Codec.utf8();
    switch (arguments[0]) {
      case "pull" -> {
        var spec = Zmq.pull().codec(text).highWaterMark(100);
        PullSocket<String> pull =
            (bind ? spec.bind(endpoint) : spec.connect(endpoint)).openNow(Duration.ofSeconds(10));
        report(pull);
        pull.receive().subscribe(SocketMain::print);
      }
      case "push" -> {
        var spec = Zmq.push().codec(text);
        PushSocket<String> push =
            (bind ? spec.bind(endpoint) : spec.connect(endpoint)).openNow(Duration.ofSeconds(10));
        report(push);
        push.sendAll(numbers(name)).subscribe();
      }
      case "pair" -> {
        var spec = Zmq.pair().codec(text);
        PairSocket<String> pair =
            (bind ? spec.bind(endpoint) : spec.connect(endpoint)).openNow(Duration.ofSeconds(10));
        report(pair);
        pair.receive().subscribe(SocketMain::print);
        pair.sendAll(numbers(name)).subscribe();
      }
      case "rep" -> {
        var spec =
            Zmq.rep()
                .codec(text)
                .handle(q -> q.startsWith("never") ? Mono.never() : Mono.just(name + q))
                .concurrency(2000)
                .highWaterMark(2000);
        report(
            (bind ? spec.bind(endpoint) : spec.connect(endpoint)).openNow(Duration.ofSeconds(10)));
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    while (System.in.read() >= 0) {
      // whoever started this process has closed the pipe, or has ended
    }
    Runtime.getRuntime().halt(0);
  }

  private static Flux<String> numbers(String name) {
    return Flux.range(0, Integer.MAX_VALUE).map(i -> name + i);
  }

  private static void report(ZmqSocket socket) {
    socket
        .events()
        .subscribe(
            event -> {
              if (event instanceof SocketEvent.Bound bound) {
                print("bound " + bound.endpoint());
              } else if (event instanceof SocketEvent.Connected) {
                print("connected");
              }
            });
  }

  private static synchronized void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
