package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.SocketTest;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Loops that use their buffers again, as they do where no leak detector follows each of them:
 * nothing that is still read may be written to.
 */
class KeptMemoryTest extends SocketTest {

  private static final int[] SIZES = {
    0, 1, 900, 5_000, 70_000, 262_130, 262_144, 260_631, 600_000, 1_000_000
  };
  private static final int COUNT = 200;

  /** Its buffers are not followed by the leak detector, which here follows all others. */
  private final UnpooledByteBufAllocator plain = new UnpooledByteBufAllocator(true, true);

  private final ZmqResources resources =
      ZmqResources.builder().eventLoops(2).allocator(plain).build();

  /** The same bytes for the same number. */
  private static byte[] content(int number) {
    byte[] bytes = new byte[SIZES[number % SIZES.length]];
    new Random(number).nextBytes(bytes);
    return bytes;
  }

  private Message message(int number) {
    byte[] bytes = content(number);
    return number % 3 == 0 ? Message.of(plain.directBuffer().writeBytes(bytes)) : Message.of(bytes);
  }

  /** Closes everything, after which the loops keep nothing. */
  private void close(ZmqSocket... sockets) {
    for (ZmqSocket socket : sockets) {
      socket.disposeLater().block(SOON);
    }
    resources.disposeLater().block(SOON);
    assertThat(plain.metric().usedDirectMemory()).isZero();
  }

  @Test
  void messagesThatAreKeptWithoutACopyStayAsTheyAre() {
    PullSocket<Message> pull =
        Zmq.pull().codec(Codec.zeroCopy()).resources(resources).bind("tcp://127.0.0.1:*").openNow();
    PushSocket<Message> push = Zmq.push().resources(resources).connect(endpointOf(pull)).openNow();
    Mono<List<Message>> received = pull.receive().take(COUNT).collectList().cache();
    received.subscribe();
    push.sendAll(Flux.range(0, COUNT).map(this::message)).block(SOON);
    List<Message> kept = received.block(SOON);
    for (int i = 0; i < COUNT; i++) {
      assertThat(Arrays.equals(kept.get(i).bytes(0), content(i))).as("message %d", i).isTrue();
    }
    kept.forEach(Message::release);
    close(push, pull);
  }

  @Test
  void requestsAndRepliesArriveAsTheyWere() {
    RepSocket rep =
        Zmq.rep()
            .codec(Codec.bytes())
            .handle(Mono::just)
            .resources(resources)
            .bind("tcp://127.0.0.1:*")
            .openNow();
    ReqSocket<byte[], byte[]> req =
        Zmq.req().codec(Codec.bytes()).resources(resources).connect(endpointOf(rep)).openNow();
    Long right =
        Flux.range(0, COUNT)
            .flatMap(
                i -> req.request(content(i)).map(reply -> Arrays.equals(reply, content(i))), 16)
            .filter(same -> same)
            .count()
            .block(SOON);
    assertThat(right).isEqualTo(COUNT);
    close(req, rep);
  }
}
