package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A published message that was refused while it arrived, and then has to wait. */
class ArrivalTest {

  @Test
  void aRefusalIsKeptForWhoTakesIt() {
    CodecException cause = new CodecException("not this header");
    ByteBuf topic = Unpooled.directBuffer().writeByte('t');
    ByteBuf header = Unpooled.directBuffer().writeByte('h');
    Message refused = Message.refused(List.of(topic, header), new int[] {1, 1, 500}, cause);
    Arrival<Message> arrival = new Arrival<>("the PUB", "t", refused, 2);
    arrival.detach();
    assertThat(arrival.isDecoded()).as("it is still to be reported").isFalse();
    assertThatThrownBy(() -> arrival.take(Codec.message())).isSameAs(cause);
    assertThatThrownBy(() -> arrival.take(Codec.message())).isSameAs(cause);
    assertThat(topic.refCnt() + header.refCnt()).isZero();
  }
}
