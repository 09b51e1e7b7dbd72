package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message fails as too large only if every peer refuses it. */
class TooLargeTest {

  private static final Limits SMALL = new Limits(10, SendRig.FRAME, 5, 0);
  private static final Limits LARGE = new Limits(10, SendRig.FRAME, 50, 0);

  private final SendRig<Message> rig = new SendRig<>(Codec.message());
  private final List<Throwable> failures = new ArrayList<>();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void aPeerThatTakesNoSuchSizeIsSkipped() {
    TestPeer<Message> small = rig.peer(SMALL).open(5);
    TestPeer<Message> large = rig.peer(LARGE).open(5);

    for (String value : List.of("1", "2", "too long", "3", "4")) {
      assertThat(rig.port.tryEmit(Message.of(value))).isEqualTo(OK);
    }
    rig.loop.run();
    assertThat(small.received()).containsExactly("1", "3");
    assertThat(large.received()).containsExactly("2", "too long", "4");
    assertThat(rig.dropped).isEmpty();
  }

  @Test
  void itWaitsForTheOneThatTakesIt() {
    rig.peer(SMALL).open(5);
    TestPeer<Message> large = rig.peer(LARGE);
    Tracked tracked = send("too long");
    rig.loop.run();
    assertThat(failures).isEmpty();

    large.open(1);
    rig.loop.run();
    assertThat(large.received()).containsExactly("too long");
    assertThat(tracked.released).hasValue(1);
  }

  @Test
  void itFailsIfAllRefuseItAndWhatFollowsGoesOn() {
    TestPeer<Message> small = rig.peer(SMALL);
    rig.peer(SMALL);
    Tracked tracked = send("too long");
    assertThat(rig.port.tryEmit(Message.of("too long for tryEmit"))).isEqualTo(OK);
    assertThat(rig.port.tryEmit(Message.of("1"))).isEqualTo(OK);
    rig.loop.run();

    assertThat(failures).hasSize(1);
    assertThat(failures.get(0))
        .isInstanceOf(MessageTooLargeException.class)
        .hasMessageContaining("maxMessageSize is 5");
    assertThat(tracked.released).hasValue(1);
    assertThat(rig.dropped).as("each is counted").hasSize(2).contains(failures.get(0));
    small.open(1);
    rig.loop.run();
    assertThat(small.received()).containsExactly("1");
    rig.assertEmpty();
  }

  @Test
  void itFailsWhenTheLastOneThatWouldTakeItGoes() {
    TestPeer<Message> small = rig.peer(SMALL).open(5);
    TestPeer<Message> large = rig.peer(LARGE);
    Tracked tracked = send("too long");
    assertThat(rig.port.tryEmit(Message.of("1"))).isEqualTo(OK);
    rig.loop.run();
    assertThat(small.received()).isEmpty();

    large.die();
    rig.loop.run();
    assertThat(failures).hasSize(1).first().isInstanceOf(MessageTooLargeException.class);
    assertThat(tracked.released).hasValue(1);
    assertThat(small.received()).containsExactly("1");
  }

  @Test
  void itFailsWhenTheLastOneThatWouldTakeItLeaves() {
    rig.peer(SMALL).open(5);
    TestPeer<Message> large = rig.peer(LARGE);
    send("too long");
    rig.loop.run();

    rig.router.leave(large.lane);
    rig.loop.run();
    assertThat(failures).hasSize(1);
  }

  @Test
  void itWaitsWhileThereIsNoPeer() {
    TestPeer<Message> small = rig.peer(SMALL).open(5);
    rig.loop.run();
    small.die();
    Tracked tracked = send("too long");
    rig.loop.run();
    assertThat(failures).isEmpty();

    TestPeer<Message> large = rig.peer(LARGE).open(1);
    rig.loop.run();
    assertThat(large.received()).containsExactly("too long");
    assertThat(tracked.released).hasValue(1);
  }

  private Tracked send(String text) {
    Tracked tracked = new Tracked(text);
    rig.port.send(tracked.message).subscribe(v -> {}, failures::add);
    return tracked;
  }
}
