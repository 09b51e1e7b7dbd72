package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.nio.NioIoHandler;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class InprocTransportTest implements TransportContract {

  @Override
  public Rig rig() {
    return new Rig(new InprocTransport(), "inproc://*", NioIoHandler.newFactory());
  }

  @Test
  void framesAreHandedOverByReference() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      BlockingQueue<ByteBuf> received = new LinkedBlockingQueue<>();
      pair.accepted().receive().subscribe(frame -> received.add(frame.retain()));
      ByteBuf frame = rig.frame(1, 0, 20);
      pair.dialled().sendFrame(1, frame);
      ByteBuf same = Rig.take(received);
      assertThat(same).isSameAs(frame);
      same.release();
    }
  }

  @Test
  void anUnboundNameCannotBeDialled() {
    try (Rig rig = rig()) {
      assertThatThrownBy(() -> rig.connect(Endpoint.parse("inproc://nobody")))
          .isInstanceOf(EndpointException.class)
          .hasMessage("nothing is bound at inproc://nobody");
    }
  }

  @Test
  void aWildcardIsOnlyForBinding() {
    try (Rig rig = rig()) {
      assertThatThrownBy(() -> rig.transport().validate(Endpoint.parse("inproc://*"), false))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("only a bind");
      rig.transport().validate(Endpoint.parse("inproc://*"), true);
      assertThat(rig.bind(c -> {}).endpoint()).isNotEqualTo(rig.bind(c -> {}).endpoint());
    }
  }

  @Test
  void theAddressIsTheEndpoint() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      assertThat(pair.dialled().remoteAddress()).hasToString(pair.accepted().remoteAddress() + "");
      assertThat(pair.dialled().remoteAddress().toString()).startsWith("inproc://");
    }
  }
}
