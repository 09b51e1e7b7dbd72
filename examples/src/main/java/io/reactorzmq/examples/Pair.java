package io.reactorzmq.examples;

import io.reactorzmq.PairSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.message.Codec;
import reactor.core.publisher.Flux;

/** Two sockets that talk: each direction has its own credit, so neither waits for the other. */
public final class Pair {

  private Pair() {}

  /**
   * Sends numbers one way and their squares the other way.
   *
   * @param args how many numbers; default: 5
   */
  public static void main(String[] args) {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 5;

    PairSocket<String> answers = Zmq.pair().codec(Codec.utf8()).bind("tcp://127.0.0.1:*").openNow();
    PairSocket<String> questions =
        Zmq.pair().codec(Codec.utf8()).connect(answers.endpoints().get(0).toString()).openNow();

    // One line is a server: demand goes all the way back to whoever asks. It ends with its socket.
    answers
        .sendAll(answers.receive().map(Pair::square))
        .onErrorComplete(ClosedException.class)
        .subscribe();

    questions.sendAll(Flux.range(1, count).map(String::valueOf)).subscribe();
    Long arrived = questions.receive().take(count).doOnNext(System.out::println).count().block();

    questions.disposeLater().then(answers.disposeLater()).block();
    System.out.println(arrived + " answers to " + count + " questions");
  }

  private static String square(String number) {
    long n = Long.parseLong(number);
    return n + " x " + n + " = " + n * n;
  }
}
