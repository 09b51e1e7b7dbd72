package io.reactorzmq.bench;

/**
 * What one measurement of a bare connection gave.
 *
 * @param value median nanoseconds of a round trip, or bytes in a second
 * @param p99 99th percentile of the former
 * @param dialler bytes that its event loop allocated for each frame it sent or received
 * @param listener the same of the other side
 */
record DuplexFigure(double value, double p99, double dialler, double listener) {

  static DuplexFigure parse(String text) {
    String[] words = text.split(" ");
    return new DuplexFigure(
        Double.parseDouble(words[0]),
        Double.parseDouble(words[1]),
        Double.parseDouble(words[2]),
        Double.parseDouble(words[3]));
  }

  String json() {
    return "[" + value + "," + p99 + "," + dialler + "," + listener + "]";
  }

  @Override
  public String toString() {
    return value + " " + p99 + " " + dialler + " " + listener;
  }
}
