package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * PUBs and SUBs without a network, on one event loop that a test turns by hand: what one says is
 * what the other hears a task later.
 */
final class PublishRig {

  static final int FRAME = Limits.MIN_FRAME_BYTES;
  static final long UNLIMITED = 1L << 40;

  private final RequestRig base = new RequestRig();
  final ManualLoop loop = base.loop;
  final UnpooledByteBufAllocator allocator = base.allocator;
  final List<PublishRigLine> lines = new ArrayList<>();
  private final List<Pub<?>> pubs = new ArrayList<>();
  private final List<Sub<?>> subs = new ArrayList<>();

  /** A PUB. */
  final class Pub<T> {
    final RequestRig.Host host = base.host();
    final PublishFlow<T> flow;
    private final Function<String, T> values;

    Pub(
        Codec<T> codec,
        Function<String, T> values,
        SendBounds bounds,
        OverflowPolicy policy,
        LaneBounds lanes) {
      this.values = values;
      flow = new PublishFlow<>(host, codec, bounds, policy, lanes);
      pubs.add(this);
    }

    /** Publishes, and lets come of it what may. */
    void publish(String topic, String... texts) {
      for (String text : texts) {
        assertThat(flow.tryPublish(topic, values.apply(text))).isEqualTo(EmitResult.OK);
        loop.run();
      }
    }

    /** Publishes the numbers from one to another, one after the other. */
    void publish(String topic, int first, int last) {
      publish(
          topic, IntStream.rangeClosed(first, last).mapToObj(i -> "" + i).toArray(String[]::new));
    }

    SocketFlow.Counters counters() {
      return flow.counters();
    }

    /** How many messages each gap had that it told of. */
    List<Long> gaps() {
      return PublishRig.gaps(host);
    }

    List<Throwable> dropped() {
      return dropEvents(host);
    }

    void close() {
      flow.close();
      loop.run();
    }
  }

  /** A SUB. */
  final class Sub<T> {
    final RequestRig.Host host = base.host();
    final SubscribeFlow<T> flow;
    final Limits limits;
    private final Function<T, String> texts;

    Sub(
        Codec<T> codec,
        Function<T, String> texts,
        OverflowPolicy policy,
        LaneBounds bounds,
        OnUndecodable onUndecodable,
        Limits limits,
        int window) {
      this.texts = texts;
      this.limits = limits;
      flow = new SubscribeFlow<>(host, codec, onUndecodable, policy, bounds, limits, window);
      subs.add(this);
    }

    /** Subscribes with a demand. */
    Receiver receive(long demand, String... prefixes) {
      return receive(new Receiver(demand), prefixes);
    }

    Receiver receive(String... prefixes) {
      return receive(Long.MAX_VALUE, prefixes);
    }

    Receiver receive(Receiver receiver, String... prefixes) {
      begin(receiver, prefixes);
      loop.run();
      return receiver;
    }

    void begin(Receiver receiver, String... prefixes) {
      byte[][] encoded =
          Arrays.stream(prefixes.length == 0 ? new String[] {""} : prefixes)
              .map(prefix -> prefix.getBytes(StandardCharsets.UTF_8))
              .toArray(byte[][]::new);
      Flux<String> got =
          flow.receive(
              encoded,
              (topic, value, missed) ->
                  topic + ":" + texts.apply(value) + (missed == 0 ? "" : "!" + missed));
      got.subscribe(receiver);
    }

    SocketFlow.Counters counters() {
      return flow.counters();
    }

    List<Long> gaps() {
      return PublishRig.gaps(host);
    }

    /** Ends the socket, after its connections. */
    void finish() {
      flow.close();
      flow.terminate();
      flow.finish(() -> {});
      loop.run();
    }
  }

  /** One who receives: topic and value, and how many were missed before, if any. */
  static class Receiver extends BaseSubscriber<String> {
    final List<String> heard = new ArrayList<>();
    private final long demand;
    Throwable failure;
    boolean completed;
    Consumer<String> onNext = text -> {};

    Receiver(long demand) {
      this.demand = demand;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      if (demand > 0) {
        request(demand);
      }
    }

    @Override
    protected void hookOnNext(String value) {
      heard.add(value);
      onNext.accept(value);
    }

    @Override
    protected void hookOnComplete() {
      completed = true;
    }

    @Override
    protected void hookOnError(Throwable cause) {
      failure = cause;
    }

    /** All that it was told to have missed. */
    long missed() {
      return heard.stream()
          .filter(text -> text.contains("!"))
          .mapToLong(text -> Long.parseLong(text.substring(text.indexOf('!') + 1)))
          .sum();
    }
  }

  /** One who waits for a completion. */
  static final class Waiter extends BaseSubscriber<Void> {
    boolean completed;
    Throwable failure;
    Runnable onCompleted = () -> {};

    @Override
    protected void hookOnComplete() {
      completed = true;
      onCompleted.run();
    }

    @Override
    protected void hookOnError(Throwable cause) {
      failure = cause;
    }

    static Waiter on(Mono<Void> mono) {
      Waiter waiter = new Waiter();
      mono.subscribe(waiter);
      return waiter;
    }
  }

  private static List<Long> gaps(RequestRig.Host host) {
    return host.events.stream()
        .filter(SocketEvent.Gap.class::isInstance)
        .map(event -> ((SocketEvent.Gap) event).missed())
        .toList();
  }

  private static List<Throwable> dropEvents(RequestRig.Host host) {
    return host.events.stream()
        .filter(SocketEvent.Dropped.class::isInstance)
        .map(event -> ((SocketEvent.Dropped) event).cause())
        .toList();
  }

  // ---- sockets

  Pub<String> pub(OverflowPolicy policy, int highWaterMark) {
    return pub(Codec.utf8(), policy, highWaterMark);
  }

  Pub<String> pub(Codec<String> codec, OverflowPolicy policy, int highWaterMark) {
    return pub(codec, policy, highWaterMark, UNLIMITED, 1000);
  }

  Pub<String> pub(
      Codec<String> codec, OverflowPolicy policy, int messages, long bytes, int maxPending) {
    return new Pub<>(
        codec,
        text -> text,
        new SendBounds(messages, bytes, maxPending),
        policy,
        new LaneBounds(messages, bytes));
  }

  <T> Pub<T> pubOf(Codec<T> codec, Function<String, T> values, OverflowPolicy policy) {
    return new Pub<>(
        codec,
        values,
        new SendBounds(1000, UNLIMITED, 1000),
        policy,
        new LaneBounds(1000, UNLIMITED));
  }

  /** One message a frame, so many frames of credit. */
  Sub<String> sub(int window) {
    return sub(OverflowPolicy.DROP_LATEST, 1000, window);
  }

  Sub<String> sub(OverflowPolicy policy, int highWaterMark, int window) {
    return sub(
        Codec.utf8(), policy, new LaneBounds(highWaterMark, UNLIMITED), OnUndecodable.SKIP, window);
  }

  Sub<String> sub(
      Codec<String> codec,
      OverflowPolicy policy,
      LaneBounds bounds,
      OnUndecodable onUndecodable,
      int window) {
    return new Sub<>(
        codec, text -> text, policy, bounds, onUndecodable, new Limits(1, FRAME, 0, 0), window);
  }

  Sub<String> sub(Limits limits, int window) {
    return new Sub<>(
        Codec.utf8(),
        text -> text,
        OverflowPolicy.DROP_LATEST,
        new LaneBounds(1000, UNLIMITED),
        OnUndecodable.SKIP,
        limits,
        window);
  }

  <T> Sub<T> subOf(Codec<T> codec, Function<T, String> texts, OverflowPolicy policy, int window) {
    return new Sub<>(
        codec,
        texts,
        policy,
        new LaneBounds(1000, UNLIMITED),
        OnUndecodable.SKIP,
        new Limits(100, FRAME, 0, 0),
        window);
  }

  // ---- connections

  /** A connection over which nothing was said yet. */
  PublishRigLine line(Pub<?> pub, Sub<?> sub, String pubId) {
    PublishRigLine line = new PublishRigLine(this, pub, sub, pubId);
    lines.add(line);
    return line;
  }

  PublishRigLine connect(Pub<?> pub, Sub<?> sub) {
    PublishRigLine line = line(pub, sub, "pub" + pubs.indexOf(pub));
    line.open();
    return line;
  }

  /** Ends everything; nothing may be left. */
  void close() {
    loop.run();
    lines.forEach(PublishRigLine::die);
    pubs.forEach(pub -> pub.flow.terminate());
    subs.forEach(Sub::finish);
    loop.run();
    for (Pub<?> pub : pubs) {
      SocketFlow.Counters left = pub.counters();
      assertThat(left.queuedMessages()).as("messages queued").isZero();
      assertThat(left.queuedBytes()).as("bytes queued").isZero();
      assertThat(left.pendingSends()).as("pending").isZero();
    }
    for (Sub<?> sub : subs) {
      assertThat(sub.counters().undelivered()).as("undelivered").isZero();
    }
    assertThat(allocator.metric().usedDirectMemory()).as("direct memory").isZero();
    assertThat(allocator.metric().usedHeapMemory()).as("heap memory").isZero();
  }
}
