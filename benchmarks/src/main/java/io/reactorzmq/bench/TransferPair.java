package io.reactorzmq.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Two processes that transfer when told to, and what they took so far. */
final class TransferPair implements AutoCloseable {

  private final Transfer transfer;
  private final Pair pair;
  private final Resident dialling;
  private final Resident listening;
  private final List<Double> nanos = new ArrayList<>();
  private long sendCpu;
  private long receiveCpu;

  TransferPair(Options options, Transfer transfer) throws IOException {
    this.transfer = transfer;
    this.pair =
        new Pair(
            options,
            transfer.toString(),
            transfer.arguments("transfer-listen"),
            transfer.arguments("transfer-dial"),
            true);
    try {
      pair.expect("READY");
      dialling = Resident.of(pair.diallingPid());
      listening = Resident.of(pair.listeningPid());
    } catch (IOException e) {
      pair.close();
      throw e;
    }
  }

  Transfer transfer() {
    return transfer;
  }

  /** Transfers once and returns the nanoseconds it took. */
  double run(boolean counted) throws IOException {
    long dialCpu = pair.diallingCpu();
    long listenCpu = pair.listeningCpu();
    pair.say("RUN");
    double took = Double.parseDouble(pair.expect("TOOK "));
    if (counted) {
      nanos.add(took);
      dialCpu = pair.diallingCpu() - dialCpu;
      listenCpu = pair.listeningCpu() - listenCpu;
      sendCpu += transfer.dialSends() ? dialCpu : listenCpu;
      receiveCpu += transfer.dialSends() ? listenCpu : dialCpu;
    }
    return took;
  }

  /** Of each counted run. */
  List<Double> nanos() {
    return nanos;
  }

  /** Processor time of the sending process in a run, in nanoseconds; coarse. */
  double sendCpu() {
    return (double) sendCpu / nanos.size();
  }

  /** Processor time of the receiving process in a run, in nanoseconds; coarse. */
  double receiveCpu() {
    return (double) receiveCpu / nanos.size();
  }

  /** The sender's peak beyond what it had in the beginning, in bytes. */
  long sendBeyond() throws IOException {
    return (transfer.dialSends() ? dialling : listening).peakBeyond();
  }

  /** The receiver's peak beyond what it had in the beginning and one value, in bytes. */
  long receiveBeyond() throws IOException {
    long peak = (transfer.dialSends() ? listening : dialling).peakBeyond();
    return transfer.isFresh() ? peak - transfer.size() : peak;
  }

  @Override
  public void close() throws IOException {
    pair.close();
  }
}
