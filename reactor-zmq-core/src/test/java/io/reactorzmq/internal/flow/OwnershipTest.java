package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/** However a value came and whatever becomes of it, its memory is given back exactly once. */
class OwnershipTest {

  private static final int SMALL = 10;
  private static final int LARGE = 40_000; // three frames

  /** How the value comes. */
  enum Way {
    TRY_EMIT,
    SEND,
    SEND_THAT_WAITED,
    SEND_ALL
  }

  /** What becomes of it. */
  enum Fate {
    SENT,
    REFUSED_BY_ALL,
    CANCELLED_IN_THE_QUEUE,
    CANCELLED_IN_PROGRESS,
    PEER_DIED,
    PEER_DIED_AND_ANOTHER_CAME,
    CLOSED,
    TERMINATED,
    TERMINATED_IN_PROGRESS
  }

  static Stream<Arguments> all() {
    return Arrays.stream(Way.values())
        .flatMap(
            way ->
                Arrays.stream(Fate.values())
                    .flatMap(
                        fate ->
                            Stream.of(SMALL, LARGE).map(size -> Arguments.of(way, fate, size))));
  }

  private final SendRig<Message> rig = new SendRig<>(Codec.message());

  @ParameterizedTest
  @MethodSource("all")
  void isReleasedOnce(Way way, Fate fate, int size) {
    Tracked tracked = new Tracked(Values.text('x', size));
    Limits limits = new Limits(10, SendRig.FRAME, fate == Fate.REFUSED_BY_ALL ? 5 : 0, 0);
    Disposable sending = Disposables.disposed();
    if (way == Way.SEND_THAT_WAITED) {
      sending = start(way, tracked.message);
      rig.loop.run();
    }
    TestPeer<Message> peer = rig.peer(limits);
    peer.hold();
    if (way != Way.SEND_THAT_WAITED) {
      sending = start(way, tracked.message);
    }
    rig.loop.run();

    switch (fate) {
      case SENT -> peer.open(9);
      case REFUSED_BY_ALL -> assertThat(tracked.released).hasValue(1);
      case CANCELLED_IN_THE_QUEUE -> sending.dispose();
      case CANCELLED_IN_PROGRESS -> {
        peer.open(1);
        rig.loop.run();
        sending.dispose();
      }
      case PEER_DIED -> {
        peer.open(1);
        rig.loop.run();
        peer.die();
      }
      case PEER_DIED_AND_ANOTHER_CAME -> {
        peer.open(1);
        rig.loop.run();
        peer.die();
        rig.peer(limits).open(9);
      }
      case CLOSED -> {
        rig.router.close();
        peer.open(9);
      }
      case TERMINATED -> rig.router.terminate();
      case TERMINATED_IN_PROGRESS -> {
        peer.open(1);
        rig.loop.run();
        rig.router.terminate();
      }
    }
    rig.loop.run();
    rig.close();

    assertThat(tracked.released).hasValue(1);
    rig.assertEmpty();
  }

  private Disposable start(Way way, Message message) {
    return switch (way) {
      case TRY_EMIT -> {
        assertThat(rig.port.tryEmit(message)).isEqualTo(EmitResult.OK);
        yield Disposables.disposed();
      }
      case SEND, SEND_THAT_WAITED -> rig.port.send(message).subscribe(v -> {}, e -> {});
      case SEND_ALL -> rig.port.sendAll(Mono.just(message)).subscribe(v -> {}, e -> {});
    };
  }
}
