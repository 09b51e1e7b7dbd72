package io.reactorzmq.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Two processes that transfer when told to, and what they took so far. */
final class TransferPair implements AutoCloseable {

  private final String name;
  private final Carrier carrier;
  private final Transfer transfer;
  private final Pair pair;
  private final Resident dialling;
  private final Resident listening;
  private final List<Double> nanos = new ArrayList<>();
  private long sendCpu;
  private long receiveCpu;
  private double first;

  TransferPair(Options options, String name, Transfer transfer) throws IOException {
    this.name = name;
    this.carrier = Carrier.of(name);
    this.transfer = transfer;
    this.pair =
        new Pair(
            options,
            carrier,
            transfer + "-" + carrier,
            transfer.arguments("tensor-listen"),
            transfer.arguments("tensor-dial"),
            true);
    try {
      pair.expect("READY");
      dialling = Resident.of(pair.diallingPid());
      listening = Resident.of(pair.listeningPid());
      rest();
    } catch (IOException e) {
      pair.close();
      throw e;
    }
  }

  Transfer transfer() {
    return transfer;
  }

  String name() {
    return name;
  }

  Carrier carrier() {
    return carrier;
  }

  /** One that never sleeps would take the processors of the others. */
  private void rest() throws IOException {
    if (carrier.spins()) {
      pair.pause();
    }
  }

  /** Transfers once and returns the nanoseconds it took. */
  double run(boolean counted) throws IOException {
    pair.goOn();
    long dialCpu = pair.diallingCpu();
    long listenCpu = pair.listeningCpu();
    pair.say("RUN");
    double took = Double.parseDouble(pair.expect("TOOK "));
    if (first == 0) {
      first = took;
    }
    if (counted) {
      nanos.add(took);
      dialCpu = pair.diallingCpu() - dialCpu;
      listenCpu = pair.listeningCpu() - listenCpu;
      sendCpu += transfer.dialSends() ? dialCpu : listenCpu;
      receiveCpu += transfer.dialSends() ? listenCpu : dialCpu;
    }
    rest();
    return took;
  }

  /** Of the very first run, in which everything is cold. */
  double first() {
    return first;
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
