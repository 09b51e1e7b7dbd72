package io.reactorzmq.cli.demo;

/**
 * What became of one stream of messages between processes.
 *
 * @param stream the pattern, and the direction if it has two
 * @param ordered whether the pattern promises the order, so that it is compared
 * @param sent what was written to the sender's stdin
 * @param received what was read from the receivers' stdout
 * @param seconds from the first line written to the last line read
 */
record Outcome(String stream, boolean ordered, LineSum sent, LineSum received, double seconds) {

  boolean isSame() {
    return sent.count() == received.count()
        && sent.bytes() == received.bytes()
        && sentSum() == receivedSum();
  }

  long sentSum() {
    return ordered ? sent.inOrder() : sent.anyOrder();
  }

  long receivedSum() {
    return ordered ? received.inOrder() : received.anyOrder();
  }

  double rate() {
    return received.count() / seconds;
  }
}
