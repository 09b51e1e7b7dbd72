package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.Message;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** What an announced message costs while memory for it is made elsewhere. */
class BulkMemoryTest {

  private static final int LONG = 8 * 1024 * 1024;
  private static final Limits OWN = new Limits(1, Limits.MIN_FRAME_BYTES, 0, 0);

  private final RequestRig rig = new RequestRig();
  private final RequestRig.Host host = rig.new Host(400_000);
  private final List<ByteBuf> made = new ArrayList<>();
  private final BulkFetches fetches =
      new BulkFetches(
          link(),
          host,
          OWN,
          (header, sizes, allocator) ->
              (part, bytes) -> {
                made.add(rig.allocator.directBuffer(bytes, bytes));
                return made.get(made.size() - 1);
              },
          (id, message) -> message.release());

  /** One that sends two frames of what it has announced, and then no more. */
  private PeerLink link() {
    return (PeerLink)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {PeerLink.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "fetch" -> Flux.fromIterable(frames()).concatWith(Flux.never());
                  case "land" -> (Runnable) () -> {};
                  default -> throw new AssertionError(method);
                });
  }

  private List<ByteBuf> frames() {
    FrameWriter writer = new FrameWriter(rig.allocator, OWN, 1024, 1024);
    Message message = Message.of(new byte[8], new byte[LONG]);
    List<ByteBuf> frames = new ArrayList<>();
    while (frames.size() < 2 && !writer.append(message, message)) {
      frames.add(writer.finish());
    }
    return frames;
  }

  @Test
  void whatIsGivenUpCountsUntilItsMemoryIsGivenBack() {
    fetches.announced(new WireRecord.Bulk(1, 8 + LONG));
    assertThat(host.budget.assembliesUsed()).isEqualTo(8 + LONG);
    fetches.dispose();
    assertThat(host.budget.assembliesUsed()).as("it may be being made").isEqualTo(8 + LONG);
    rig.loop.advance(Duration.ofSeconds(200));
    rig.loop.run();
    assertThat(made).as("nobody wants it any more").isEmpty();
    assertThat(host.budget.assembliesUsed()).isZero();
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
  }
}
