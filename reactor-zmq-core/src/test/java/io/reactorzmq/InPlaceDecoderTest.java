package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.InPlaceDecoder;
import io.reactorzmq.message.Message;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;

/** A decoder of one's own is asked for the values of a PULL where they lie. */
class InPlaceDecoderTest extends SocketTest {

  private static final class Numbers implements InPlaceDecoder<Integer> {
    final AtomicInteger inPlace = new AtomicInteger();

    @Override
    public Message encode(Integer value, ByteBufAllocator allocator) {
      return Message.of(ByteBuffer.allocate(Integer.BYTES).putInt(0, value).array());
    }

    @Override
    public Integer decode(Message message) {
      return ByteBuffer.wrap(Codec.bytes().decode(message)).getInt();
    }

    @Override
    public Integer decode(ByteBuffer frame, int index, int length) {
      inPlace.incrementAndGet();
      return frame.getInt(index);
    }
  }

  @ParameterizedTest
  @EachTransport
  void decodesInPlaceWhatComesTogether(String transport) {
    Numbers numbers = new Numbers();
    PushSocket<Integer> push = open(Zmq.push().codec(numbers).bind(anyEndpoint(transport)));
    PullSocket<Integer> pull = open(Zmq.pull().codec(numbers).connect(endpointOf(push)));
    Queue<Integer> received = collect(pull);
    push.sendAll(Flux.range(0, 5000)).block(SOON);
    awaitSize(received, 5000);
    assertThat(List.copyOf(received))
        .containsExactlyElementsOf(IntStream.range(0, 5000).boxed().toList());
    assertThat(numbers.inPlace.get()).isBetween(2500, 5000);
  }
}
