package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.rdma.RdmaOptions;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Peers that break the rules of active messages: each is cut off with a reason, while a connection
 * beside it on the same loops goes on, and nothing stays behind.
 */
class HostilePeerTest {

  private static final int WINDOW = 1024 * 1024;
  private static final int LIMIT = 2 * 1024 * 1024;

  private final Ground ground = new Ground(RdmaOptions.defaults().windowBytes(WINDOW));
  private Ground.Door door;
  private Ground.Pair bystander;
  private Taken taken;
  private RawUcx raw;
  private RdmaConnection victim;

  @BeforeEach
  void enter() {
    ground.maxInboundFrameLength = LIMIT;
    door = ground.bind();
    RdmaConnection dialled = ground.connect(door.endpoint());
    bystander = new Ground.Pair(dialled, door.next());
    taken = Taken.of(bystander.accepted());
    raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), 4 * WINDOW);
    victim = door.next();
  }

  @AfterEach
  void nothingIsLeft() {
    bystander.dialled().sendFrame(0, ground.frame(7, 100));
    Ground.patiently().until(() -> taken.count() == 1);
    raw.close();
    ground.close();
  }

  private Throwable endsBy(Consumer<RawUcx> deed) {
    Taken received = Taken.of(victim);
    deed.accept(raw);
    Throwable cause = received.awaitError();
    raw.await(AmHeader.BYE);
    return cause;
  }

  private void assertProtocolException(Throwable cause, String text) {
    assertThat(cause)
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(victim.remoteAddress().toString())
        .hasMessageContaining(text);
  }

  @Test
  void aFrameOutOfOrder() {
    assertProtocolException(
        endsBy(
            peer -> {
              peer.frame(0, 0, 20);
              peer.frame(2, 0, 20);
            }),
        "frame 2 out of order");
  }

  @Test
  void aFrameOnceMore() {
    assertProtocolException(
        endsBy(
            peer -> {
              peer.frame(0, 0, 20);
              peer.frame(0, 0, 20);
            }),
        "frame 0 out of order");
  }

  @Test
  void nothingOfAFrameOutOfOrderIsDelivered() {
    Taken received = Taken.of(victim);
    raw.frame(1, 0, 20);
    raw.frame(0, 0, 20);
    assertProtocolException(received.awaitError(), "frame 1 out of order");
    assertThat(received.count()).isZero();
  }

  @Test
  void moreThanTheWindow() {
    // it takes nothing, so what is sent stays unconsumed
    Taken received = Taken.of(victim, 0);
    ByteBuf data = ground.frame(0, WINDOW / 2);
    for (int i = 0; i < 2; i++) {
      raw.frame(i, 0, 8, Memory.address(data, 0), WINDOW / 2 - 64 - 8);
    }
    Ground.patiently().until(() -> raw.outstanding() <= 2);
    raw.frame(2, 0, 8);
    assertProtocolException(received.awaitError(), "more than the window of " + WINDOW);
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void asMuchAsTheWindowIsTaken() {
    ByteBuf data = ground.frame(0, WINDOW / 2);
    Taken received = Taken.of(victim, 0);
    for (int i = 0; i < 2; i++) {
      raw.frame(i, 0, 8, Memory.address(data, 0), WINDOW / 2 - 64 - 8);
    }
    received.request(2);
    Ground.patiently().until(() -> received.count() == 2);
    assertThat(received.bytes()).isEqualTo(WINDOW - 128);
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void oneFrameLargerThanTheWindowIsTakenAlone() {
    ByteBuf data = ground.frame(0, 2 * WINDOW);
    Taken received = Taken.of(victim, 0);
    raw.frame(0, 0, 8, Memory.address(data, 0), 2 * WINDOW - 8);
    received.request(1);
    Ground.patiently().until(() -> received.count() == 1);
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void nothingBesideAFrameLargerThanTheWindow() {
    ByteBuf data = ground.frame(0, 2 * WINDOW);
    Taken received = Taken.of(victim, 0);
    raw.frame(0, 0, 8, Memory.address(data, 0), 2 * WINDOW - 8);
    raw.frame(1, 0, 8);
    assertProtocolException(received.awaitError(), "more than the window");
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void aFrameLongerThanTheLimitIsRefusedBeforeThereIsMemoryForIt() {
    ByteBuf data = ground.frame(0, LIMIT);
    long before = ground.allocator.metric().usedDirectMemory();
    Taken received = Taken.of(victim);
    raw.frame(0, 0, 8, Memory.address(data, 0), LIMIT - 7);
    assertProtocolException(
        received.awaitError(), "a frame of " + (LIMIT + 1) + " bytes; the limit here is");
    assertThat(ground.allocator.metric().usedDirectMemory()).isLessThanOrEqualTo(before);
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void aFrameThatCameAlongAndIsLongerThanTheLimitTakesNoMemory() {
    Ground.run(ground.bound(), () -> victim.maxInboundFrameLength(1000));
    ByteBuf data = ground.frame(0, 4000);
    ground.allocator.large = 2000;
    ground.allocator.exhausted = true;
    Taken received = Taken.of(victim);
    raw.frame(0, 0, 8, Memory.address(data, 0), 4000);
    assertProtocolException(received.awaitError(), "a frame of 4008 bytes; the limit here is 1000");
    ground.allocator.exhausted = false;
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void aFrameLongerThanTheLimitIsRefusedAlsoBehindOthers() {
    Ground.run(ground.bound(), () -> victim.maxInboundFrameLength(100_000));
    ByteBuf data = ground.frame(0, 200_000);
    Taken received = Taken.of(victim, 0);
    raw.frame(0, 0, 20);
    raw.frame(1, 0, 8, Memory.address(data, 0), 100_000);
    received.request(2);
    assertProtocolException(
        received.awaitError(), "a frame of 100008 bytes; the limit here is 100000");
    assertThat(received.count()).isEqualTo(1);
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
  }

  @Test
  void anAnnouncementOfNegativeLength() {
    assertAnnouncementIsRefused(-1);
  }

  @Test
  void anAnnouncementThatWouldOverflowAnInt() {
    assertAnnouncementIsRefused((1L << 32) + 100);
  }

  @Test
  void anAnnouncementOfMoreThanThereIs() {
    assertAnnouncementIsRefused(Long.MAX_VALUE);
  }

  private void assertAnnouncementIsRefused(long bytes) {
    Taken received = Taken.of(victim);
    UcxLoop loop = ground.ucx(ground.bound());
    Ground.run(
        ground.bound(),
        () -> {
          ByteBuf header = frameHeader(8);
          boolean kept = victim.frame(Memory.address(header, 0), AmHeader.HEAD + 8, 1, bytes, true);
          assertThat(kept).isFalse();
          header.release();
          loop.wake();
        });
    assertProtocolException(received.awaitError(), "bytes; the limit here is " + LIMIT);
  }

  private ByteBuf frameHeader(int headBytes) {
    ByteBuf header = ground.allocator.directBuffer(AmHeader.HEAD + headBytes);
    return header.writeZero(AmHeader.HEAD + headBytes);
  }

  @Test
  void aHeaderThatHoldsMoreOfAFrameThanAnyOfOurs() {
    Taken received = Taken.of(victim);
    UcxLoop loop = ground.ucx(ground.bound());
    Ground.run(
        ground.bound(),
        () -> {
          ByteBuf header = frameHeader(AmHeader.MAX_HEAD + 1);
          assertThat(
                  victim.frame(Memory.address(header, 0), AmHeader.MAX_BYTES + 1, 1, 100_000, true))
              .isFalse();
          header.release();
          loop.wake();
        });
    assertThat(received.awaitError()).isInstanceOf(ProtocolException.class);
  }

  @Test
  void consumedMoreThanWasSent() {
    victim.sendFrame(0, ground.frame(1, 100));
    Ground.patiently().until(() -> raw.frames.size() == 1);
    assertProtocolException(
        endsBy(peer -> peer.control(AmHeader.ACK, 100 + 64 + 1)),
        "that it has consumed what was not sent");
  }

  @Test
  void consumedLessThanBefore() {
    victim.sendFrame(0, ground.frame(1, 100));
    Ground.patiently().until(() -> raw.frames.size() == 1);
    raw.control(AmHeader.ACK, 100 + 64);
    Ground.patiently().until(() -> victim.pendingBytes() == 0);
    assertProtocolException(
        endsBy(peer -> peer.control(AmHeader.ACK, 163)), "that it has consumed what was not sent");
  }

  @Test
  void anUnknownControlMessage() {
    assertProtocolException(endsBy(peer -> peer.control(99, 0)), "the control message 99");
  }

  @Test
  void anOpenOnAnOpenConnection() {
    assertProtocolException(endsBy(peer -> peer.control(AmHeader.OPEN, 0)), "the control message");
  }

  @Test
  void headersThatAreTooShortAreNobodys() {
    Taken received = Taken.of(victim);
    raw.anything(AmHeader.FRAME, AmHeader.HEAD - 1, 0);
    raw.anything(AmHeader.FRAME, 0, 0);
    raw.anything(AmHeader.CONTROL, AmHeader.CONTROL_BYTES - 1, AmHeader.BYE);
    raw.anything(AmHeader.CONTROL, 0, AmHeader.BYE);
    raw.frame(0, 0, 20);
    Ground.patiently().until(() -> received.count() == 1);
  }

  @Test
  void anIdThatUcxHasNoHandlerForIsNobodys() {
    Taken received = Taken.of(victim);
    raw.anything(2, 20, AmHeader.BYE);
    raw.anything(500, 20, AmHeader.BYE);
    raw.frame(0, 0, 20);
    Ground.patiently().until(() -> received.count() == 1);
  }

  @Test
  void aKeyThatNobodyHasReachesNobody() {
    Taken received = Taken.of(victim);
    long right = raw.peerKey();
    raw.peerKey(right + 1);
    raw.frame(0, 0, 20);
    raw.control(AmHeader.BYE, 0);
    raw.control(AmHeader.FIN, 0);
    ByteBuf data = ground.frame(0, LIMIT);
    raw.frame(0, 0, 8, Memory.address(data, 0), LIMIT);
    Ground.patiently().until(() -> raw.outstanding() == 0);
    data.release();
    raw.peerKey(right);
    raw.frame(0, 0, 20);
    Ground.patiently().until(() -> received.count() == 1);
  }

  @Test
  void aFrameAfterFin() {
    Taken received = Taken.of(victim);
    raw.control(AmHeader.FIN, 0);
    raw.await(AmHeader.FIN);
    raw.frame(0, 0, 20);
    raw.await(AmHeader.BYE);
    assertThat(received.count()).isZero();
  }

  @Test
  void aSecondOpenOverTheSameEndpointIsNotLetIn() {
    Greeting again = RawUcx.greetingThatStays(door.endpoint(), ground);
    raw.open(again.key(), WINDOW);
    raw.frame(0, 0, 20);
    Taken received = Taken.of(victim);
    Ground.patiently().until(() -> received.count() == 1);
    assertThat(door.accepted()).isEmpty();
  }

  @Test
  void aWindowOfNothingIsNotLetIn() {
    RawUcx other =
        RawUcx.dial(ground.ucx(ground.dialling()), RawUcx.greeting(door.endpoint()).port());
    other.open(RawUcx.greetingThatStays(door.endpoint(), ground).key(), 0);
    other.open(RawUcx.greetingThatStays(door.endpoint(), ground).key(), -1);
    Ground.patiently().until(() -> other.outstanding() == 0);
    other.close();
    assertThat(door.accepted()).isEmpty();
  }
}
