package io.reactorzmq;

import io.reactorzmq.internal.flow.SubscribeFlow;
import io.reactorzmq.internal.flow.Topics;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.internal.wire.Subscriptions;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import reactor.core.publisher.Flux;

/** The open SUB socket. */
final class DefaultSubSocket<T> extends DefaultSocket<SubscribeFlow<T>> implements SubSocket<T> {

  DefaultSubSocket(SocketEngine<SubscribeFlow<T>> engine) {
    super(engine);
  }

  @Override
  public Flux<Published<T>> receive(String... prefixes) {
    return flow.receive(encode(prefixes), Published::new);
  }

  /** The different ones, checked; everything if there is none. */
  static byte[][] encode(String... prefixes) {
    Set<String> different =
        new LinkedHashSet<>(Arrays.asList(Objects.requireNonNull(prefixes, "prefixes")));
    if (prefixes.length == 0) {
      different.add("");
    }
    byte[][] encoded = new byte[different.size()][];
    int i = 0;
    for (String prefix : different) {
      byte[] bytes = Topics.utf8(prefix, "prefix");
      if (bytes.length > Subscriptions.MAX_PREFIX_BYTES) {
        throw new IllegalArgumentException(
            "a prefix has %d bytes of UTF-8, at most %d are allowed"
                .formatted(bytes.length, Subscriptions.MAX_PREFIX_BYTES));
      }
      encoded[i++] = bytes;
    }
    return encoded;
  }
}
