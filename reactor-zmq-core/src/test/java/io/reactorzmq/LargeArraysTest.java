package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Byte arrays of many frames, which are put together in the array that is handed out. */
class LargeArraysTest extends SocketTest {

  private static final int LARGE = 20_000_000;

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** Notes the most direct memory that was in use at a time. */
  private static final class Peak extends AbstractByteBufAllocator {
    final AtomicLong most = new AtomicLong();
    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);

    @Override
    protected ByteBuf newDirectBuffer(int initial, int max) {
      ByteBuf buffer = memory.directBuffer(initial, max);
      most.accumulateAndGet(memory.metric().usedDirectMemory(), Math::max);
      return buffer;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initial, int max) {
      return memory.heapBuffer(initial, max);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  @ParameterizedTest
  @EachTransport
  void aReceiverHoldsNoMoreThanAWindowBesidesTheArray(String transport) {
    Peak peak = new Peak();
    ZmqResources receiving = ZmqResources.builder().eventLoops(1).allocator(peak).build();
    byte[] sent = bytes(LARGE);
    PullSocket<byte[]> pull =
        Zmq.pull().codec(Codec.bytes()).resources(receiving).bind(anyEndpoint(transport)).openNow();
    PushSocket<byte[]> push = open(Zmq.push().codec(Codec.bytes()).connect(endpointOf(pull)));
    Mono<List<byte[]>> received = pull.receive().take(3).collectList().cache();
    received.subscribe();
    push.sendAll(Flux.just(sent, new byte[] {1}, sent)).block(SOON);
    List<byte[]> all = received.block(SOON);
    assertThat(Arrays.equals(all.get(0), sent)).isTrue();
    assertThat(all.get(1)).containsExactly(1);
    assertThat(Arrays.equals(all.get(2), sent)).isTrue();
    assertThat(all.get(0)).isNotSameAs(sent).isNotSameAs(all.get(2));
    pull.disposeLater().block(SOON);
    receiving.disposeLater().block(SOON);
    assertThat(peak.most.get()).as("direct memory").isLessThan(8_000_000);
  }

  @ParameterizedTest
  @EachTransport
  void everySubscriberAndRequesterHasAnArrayOfItsOwn(String transport) {
    byte[] large = bytes(3_000_000);
    PubSocket<byte[]> pub = open(Zmq.pub().codec(Codec.bytes()).bind(anyEndpoint(transport)));
    SubSocket<byte[]> sub = open(Zmq.sub().codec(Codec.bytes()).connect(endpointOf(pub)));
    Mono<Published<byte[]>> published = sub.receive("t").next().cache();
    published.subscribe();
    pub.awaitSubscribers("t", 1).block(SOON);
    pub.publish("t", large).block(SOON);
    assertThat(Arrays.equals(published.block(SOON).value(), large)).isTrue();

    RepSocket rep =
        open(Zmq.rep().codec(Codec.bytes()).handle(Mono::just).bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(Zmq.req().codec(Codec.bytes()).connect(endpointOf(rep)));
    StepVerifier.create(req.request(large))
        .assertNext(reply -> assertThat(Arrays.equals(reply, large)).isTrue())
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  void messagesOnTheHeapAreMadeOfSuchArrays(String transport) {
    byte[] large = bytes(1_000_000);
    PullSocket<Message> pull = open(Zmq.pull().bind(anyEndpoint(transport)));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    Mono<List<Message>> received = pull.receive().take(2).collectList().cache();
    received.subscribe();
    push.sendAll(Flux.just(Message.of(large), Message.of("head".getBytes(), large, new byte[0])))
        .block(SOON);
    List<Message> all = received.block(SOON);
    assertThat(all.get(0).bytes(0)).isEqualTo(large);
    assertThat(all.get(0).isDirect(0)).isFalse();
    assertThat(all.get(1).text(0)).isEqualTo("head");
    assertThat(all.get(1).bytes(1)).isEqualTo(large);
    assertThat(all.get(1).partSize(2)).isZero();
    // their release is optional: they are left to the garbage collector
  }
}
