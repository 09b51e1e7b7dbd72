package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.transport.TransportConnection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Every signal of a connection's {@code onClose()}. */
final class Closed {

  private final List<Optional<Throwable>> signals = new CopyOnWriteArrayList<>();

  private Closed() {}

  static Closed of(TransportConnection connection) {
    Closed closed = new Closed();
    connection
        .onClose()
        .subscribe(
            nothing -> {},
            e -> closed.signals.add(Optional.of(e)),
            () -> closed.signals.add(Optional.empty()));
    return closed;
  }

  /** Waits for the signal, which is the only one. */
  Optional<Throwable> await1() {
    Rig.patiently().until(() -> !signals.isEmpty());
    assertThat(signals).hasSize(1);
    return signals.get(0);
  }

  void awaitComplete() {
    assertThat(await1()).isEmpty();
  }

  Throwable awaitError() {
    Optional<Throwable> signal = await1();
    assertThat(signal).isPresent();
    return signal.get();
  }

  boolean isEmpty() {
    return signals.isEmpty();
  }
}
