package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.flow.PublishFlow;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Numbered;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import reactor.core.publisher.Sinks.EmitResult;

/** A PUB without a socket, and subscribers that take all they get. */
final class PubRig {

  private static final byte[] VALUE = Frames.bytes(64);

  private final Host host = new Host();
  private final PublishFlow<byte[]> flow =
      new PublishFlow<>(
          host, Codec.bytes(), Host.sendBounds(), OverflowPolicy.DROP_LATEST, Host.laneBounds());
  private final List<FakePeer> peers = new ArrayList<>();
  private final String[] topics;

  /** How many subscribers get each message. */
  private final int matching;

  private long published;

  private PubRig(int subscribers, String[] topics, int matching) {
    this.topics = topics;
    this.matching = matching;
    for (int i = 0; i < subscribers; i++) {
      peers.add(new FakePeer(host, flow, "SUB"));
    }
  }

  /** So many subscribers, all of one topic. */
  static PubRig ofOneTopic(int subscribers) {
    PubRig rig = new PubRig(subscribers, new String[] {"prices/bid"}, subscribers);
    for (FakePeer peer : rig.peers) {
      rig.subscribe(peer, List.of("prices/"));
    }
    return rig;
  }

  /**
   * So many subscriptions of different prefixes, spread over some subscribers. Messages of some of
   * the topics are published by turns, so that each is looked for anew.
   */
  static PubRig ofManyTopics(int subscriptions, int subscribers) {
    String[] topics = new String[64];
    for (int i = 0; i < topics.length; i++) {
      topics[i] = prefix(i * 151 % subscriptions) + "bid";
    }
    PubRig rig = new PubRig(subscribers, topics, 1);
    for (int i = 0; i < subscribers; i++) {
      List<String> prefixes = new ArrayList<>();
      for (int j = i; j < subscriptions; j += subscribers) {
        prefixes.add(prefix(j));
      }
      rig.subscribe(rig.peers.get(i), prefixes);
    }
    return rig;
  }

  private static String prefix(int number) {
    return "prices/%05d/".formatted(number);
  }

  private void subscribe(FakePeer peer, List<String> prefixes) {
    Queue<Subscription> waiting = new ArrayDeque<>();
    long id = 0;
    for (String prefix : prefixes) {
      waiting.add(new Subscription(++id, prefix.getBytes(StandardCharsets.US_ASCII)));
    }
    while (!waiting.isEmpty()) {
      ByteBuf payload = Subscriptions.subscribe(Host.ALLOCATOR, waiting);
      peer.flow().control(Kind.SUBSCRIBE, payload);
      payload.release();
    }
  }

  void publish(int messages) {
    for (int i = 0; i < messages; i++) {
      EmitResult result = flow.tryPublish(topics[i % topics.length], VALUE);
      if (result != EmitResult.OK) {
        throw new IllegalStateException("tryPublish says " + result);
      }
    }
    host.loop.run();
    published += messages;
  }

  /** Fails unless the subscribers are given what is published. */
  void checkFrames(int messages) {
    long[] came = {0};
    for (FakePeer peer : peers) {
      FrameReader<Numbered> reader = FrameReader.ofNumbered(Host.LIMITS);
      peer.frames(frame -> came[0] += reader.read(frame, PubRig::check));
    }
    publish(messages);
    MicroBenchmark.require("messages in frames", came[0], (long) messages * matching);
    for (FakePeer peer : peers) {
      peer.frames(ByteBuf::release);
    }
  }

  private static void check(Numbered numbered) {
    Message message = Objects.requireNonNull(numbered.message(), "a loss was told of");
    if (message.partCount() != 2 || !Arrays.equals(message.bytes(1), VALUE)) {
      throw new IllegalStateException("a message is not what was published: " + message);
    }
    message.release();
  }

  /** Fails unless whoever asked for a message got it. */
  void check() {
    long sent = peers.stream().mapToLong(peer -> peer.flow().sent()).sum();
    MicroBenchmark.require("messages sent", sent, published * matching);
    MicroBenchmark.require("messages routed", flow.counters().sent(), published * matching);
    MicroBenchmark.require("messages dropped", flow.counters().dropped(), 0);
  }
}
