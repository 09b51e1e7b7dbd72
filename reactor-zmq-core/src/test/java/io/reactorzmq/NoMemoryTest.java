package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** A process without direct memory goes on when there is some again, and can be closed. */
class NoMemoryTest extends SocketTest {

  private final AtomicBoolean exhausted = new AtomicBoolean();
  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);

  /** What the JVM does when {@code -XX:MaxDirectMemorySize} is reached. */
  private final class Scarce extends AbstractByteBufAllocator {

    Scarce() {
      super(true);
    }

    private void reserve() {
      if (exhausted.get()) {
        throw new OutOfMemoryError("Cannot reserve 4194304 bytes of direct buffer memory");
      }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return memory.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      reserve();
      return memory.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return true;
    }
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aDialThatFindsNoMemoryIsTriedAgain(String transport) {
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind(anyEndpoint(transport)));
    Queue<String> received = collect(pull);
    ZmqResources scarce = ZmqResources.builder().eventLoops(1).allocator(new Scarce()).build();
    exhausted.set(true);
    PushSocket<String> push =
        Zmq.push()
            .codec(Codec.utf8())
            .resources(scarce)
            .reconnect(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)))
            .connect(endpointOf(pull))
            .openNow();
    Queue<SocketEvent> events = events(push);
    await("tried again")
        .atMost(SOON)
        .until(() -> events.stream().filter(SocketEvent.Retrying.class::isInstance).count() > 2);
    assertThat(awaitEvent(events, SocketEvent.Retrying.class).cause())
        .hasMessageContaining("no memory for a connection to " + transport + "://")
        .hasRootCauseMessage("Cannot reserve 4194304 bytes of direct buffer memory");
    exhausted.set(false);
    awaitPeers(push, 1);
    push.send("there is").block(SOON);
    awaitSize(received, 1);
    closeClean(push);
    scarce.disposeLater().block(SOON);
    await("memory given back").atMost(SOON).until(() -> memory.metric().usedDirectMemory() == 0);
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void whileThereIsNoMemoryASocketCanBeClosed(String transport) {
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind(anyEndpoint(transport)));
    ZmqResources scarce = ZmqResources.builder().eventLoops(1).allocator(new Scarce()).build();
    exhausted.set(true);
    PushSocket<String> push =
        Zmq.push().codec(Codec.utf8()).resources(scarce).connect(endpointOf(pull)).openNow();
    awaitEvent(events(push), SocketEvent.Retrying.class);
    closeClean(push);
    scarce.disposeLater().block(SOON);
  }

  /** 10 bytes are copied into the frame, an array that is larger is referred to. */
  @ParameterizedTest
  @ValueSource(ints = {10, 100_000, 1_000_000})
  @Tag("tcp")
  void aMessageThatFindsNoMemoryGoesWhenThereIsSome(int size) {
    PullSocket<byte[]> pull = open(Zmq.pull().codec(Codec.bytes()).bind(anyEndpoint("tcp")));
    Queue<byte[]> received = collect(pull);
    ZmqResources scarce = ZmqResources.builder().eventLoops(1).allocator(new Scarce()).build();
    PushSocket<byte[]> push =
        Zmq.push()
            .codec(Codec.bytes())
            .resources(scarce)
            .reconnect(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)))
            .connect(endpointOf(pull))
            .openNow();
    awaitPeers(push, 1);
    Queue<SocketEvent> events = events(push);
    exhausted.set(true);
    Mono<Void> sending = push.send(new byte[size]).cache();
    sending.subscribe();
    // what is to be sent finds none, or the peer's credit, if it comes now
    assertThat(awaitEvent(events, SocketEvent.Disconnected.class).cause())
        .hasStackTraceContaining("Cannot reserve 4194304 bytes of direct buffer memory");
    exhausted.set(false);
    sending.block(SOON);
    push.send(new byte[3]).block(SOON);
    awaitSize(received, 2);
    assertThat(received).extracting(message -> message.length).containsExactly(size, 3);
    closeClean(push);
    scarce.disposeLater().block(SOON);
    await("memory given back").atMost(SOON).until(() -> memory.metric().usedDirectMemory() == 0);
  }
}
