package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.PushSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * PUSH and PULL sockets of messages in direct memory, which is how large ones are meant to be sent:
 * the operating system reads them where they lie, and they are received as the memory they came in.
 */
final class ReactorZmqDirect implements Contender {

  @Override
  public int receive(Counter counter) {
    return ReactorZmqContender.receiveMessages(counter);
  }

  @Override
  public void send(List<Integer> ports, Ring ring) {
    PushSpec<Message> spec =
        Zmq.push()
            .codec(Codec.zeroCopy())
            .highWaterMark(HIGH_WATER_MARK)
            .resources(Carrier.current().resources());
    for (int port : ports) {
      spec = spec.connect(Carrier.current().at(String.valueOf(port)));
    }
    ByteBuf[] memory = new ByteBuf[ring.length()];
    for (int i = 0; i < memory.length; i++) {
      byte[] bytes = ring.get(i);
      memory[i] = Unpooled.directBuffer(bytes.length, bytes.length).writeBytes(bytes);
    }
    long[] number = new long[1];
    Flux<Message> messages =
        Flux.generate(
            sink -> {
              ByteBuf next = memory[(int) (number[0]++ % memory.length)];
              sink.next(Message.of(next.retain()));
            });
    spec.openNow().sendAll(messages).block();
  }
}
