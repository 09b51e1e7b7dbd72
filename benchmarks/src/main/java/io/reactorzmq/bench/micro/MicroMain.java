package io.reactorzmq.bench.micro;

import java.io.IOException;
import java.util.stream.Stream;
import org.openjdk.jmh.Main;

/**
 * Runs the micro-benchmarks by JMH, with what they allocate. What is given goes to JMH: {@code -h}
 * tells what it understands, {@code -l} what there is to run.
 */
public final class MicroMain {

  private MicroMain() {}

  /**
   * Runs JMH.
   *
   * @param args its options, and regular expressions of the benchmarks to run
   * @throws IOException if it cannot write its results
   */
  public static void main(String[] args) throws IOException {
    Main.main(Stream.concat(Stream.of("-prof", "gc"), Stream.of(args)).toArray(String[]::new));
  }
}
