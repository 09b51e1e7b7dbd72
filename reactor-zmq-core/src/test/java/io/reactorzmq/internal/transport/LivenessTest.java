package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LivenessTest {

  private final FakeConnection fake = new FakeConnection();
  private long now;

  @BeforeEach
  void freeze() {
    fake.channel.freezeTime();
  }

  @AfterEach
  void close() {
    fake.dispose();
    assertThat(fake.channel.runScheduledPendingTasks()).isEqualTo(-1);
    fake.channel.close();
  }

  private TransportConnection watch(int intervalSeconds, int timeoutSeconds) {
    return Liveness.watch(
        fake,
        fake.channel.eventLoop(),
        Duration.ofSeconds(intervalSeconds),
        Duration.ofSeconds(timeoutSeconds),
        () -> now);
  }

  private void pass(long seconds) {
    for (long i = 0; i < seconds; i++) {
      now += TimeUnit.SECONDS.toNanos(1);
      fake.channel.advanceTimeBy(1, TimeUnit.SECONDS);
      fake.channel.runScheduledPendingTasks();
      fake.channel.runPendingTasks(); // what that began
    }
  }

  private void peerIsHeard() {
    fake.lastReadNanos = now;
  }

  private ByteBuf keepAlive(boolean respond, String data) {
    return KeepAliveFrameCodec.encode(
        fake.alloc(), respond, 0, Unpooled.copiedBuffer(data, StandardCharsets.UTF_8));
  }

  private ByteBuf payload() {
    return PayloadFrameCodec.encode(
        fake.alloc(), 1, false, false, true, null, Unpooled.wrappedBuffer(new byte[10]));
  }

  private List<Boolean> questions() {
    return fake.sent.stream()
        .map(Unpooled::wrappedBuffer)
        .map(KeepAliveFrameCodec::respondFlag)
        .toList();
  }

  @Test
  void aSilentPeerIsAskedAndThenClosed() {
    watch(20, 90);
    pass(19);
    assertThat(fake.sent).isEmpty();
    pass(1);
    assertThat(questions()).containsExactly(true);
    pass(40);
    assertThat(questions()).containsExactly(true, true, true);
    pass(29);
    assertThat(fake.closeCause).isNull();
    pass(1);
    assertThat(fake.closeCause)
        .isInstanceOf(PeerTimeoutException.class)
        .hasMessageContaining("far")
        .hasMessageContaining("90000 ms")
        .hasMessageContaining("keepAlive");
  }

  @Test
  void whatIsReadWhenThisSideGoesOnIsLife() {
    watch(20, 90);
    pass(80);
    now += TimeUnit.SECONDS.toNanos(60);
    fake.channel.advanceTimeBy(60, TimeUnit.SECONDS);
    fake.channel.runScheduledPendingTasks();
    peerIsHeard();
    fake.channel.runPendingTasks();
    assertThat(fake.closeCause).isNull();
    pass(89);
    assertThat(fake.closeCause).isNull();
    pass(1);
    assertThat(fake.closeCause).isInstanceOf(PeerTimeoutException.class);
  }

  @Test
  void whatEndsWhileItIsDoubtedIsWatchedNoMore() {
    watch(20, 90);
    now += TimeUnit.SECONDS.toNanos(100);
    fake.channel.advanceTimeBy(100, TimeUnit.SECONDS);
    fake.channel.runScheduledPendingTasks();
    peerIsHeard();
    fake.dispose();
    fake.channel.runPendingTasks();
    assertThat(fake.channel.runScheduledPendingTasks()).as("next look").isEqualTo(-1);
  }

  @Test
  void anyByteReadIsLife() {
    watch(20, 90);
    pass(85);
    peerIsHeard();
    pass(89);
    assertThat(fake.closeCause).isNull();
    pass(1);
    assertThat(fake.closeCause).isInstanceOf(PeerTimeoutException.class);
  }

  @Test
  void aSideThatOnlyReadsTellsOfItsLife() {
    TransportConnection watched = watch(20, 90);
    for (int i = 0; i < 60; i++) {
      pass(1);
      peerIsHeard();
    }
    assertThat(questions()).hasSizeBetween(2, 3).containsOnly(false);
    fake.sent.clear();
    for (int i = 0; i < 60; i++) {
      pass(1);
      peerIsHeard();
      watched.sendFrame(1, keepAlive(true, "stands for any frame"));
    }
    assertThat(questions()).hasSize(60).containsOnly(true);
  }

  @Test
  void questionsAreAnsweredWithTheirData() {
    Recorder recorder = Recorder.of(watch(20, 90));
    fake.receive(keepAlive(true, "echo"));
    assertThat(fake.sent).hasSize(1);
    ByteBuf answer = Unpooled.wrappedBuffer(fake.sent.get(0));
    assertThat(KeepAliveFrameCodec.respondFlag(answer)).isFalse();
    assertThat(KeepAliveFrameCodec.data(answer).toString(StandardCharsets.UTF_8)).isEqualTo("echo");
    fake.receive(keepAlive(false, ""));
    assertThat(fake.sent).hasSize(1);
    assertThat(recorder.frames).isEmpty();
  }

  @Test
  void aKeepAliveCostsTheSubscriberNoDemand() {
    Recorder recorder = Recorder.of(watch(20, 90), 1);
    assertThat(fake.receive(keepAlive(true, ""))).isTrue();
    assertThat(fake.receive(keepAlive(false, ""))).isTrue();
    assertThat(fake.receive(payload())).isTrue();
    assertThat(fake.receive(payload())).isFalse();
    assertThat(recorder.frames).hasSize(1);
  }

  @Test
  void otherFramesPass() {
    Recorder recorder = Recorder.of(watch(20, 90));
    fake.receive(payload());
    assertThat(FrameHeaderCodec.frameType(Unpooled.wrappedBuffer(recorder.frames.get(0))))
        .isEqualTo(FrameType.NEXT);
  }

  @Test
  void framesTooShortToBeReadPass() {
    Recorder recorder = Recorder.of(watch(20, 90));
    fake.receive(Unpooled.buffer(5).writeZero(5));
    fake.receive(keepAlive(true, "").writerIndex(13));
    assertThat(recorder.frames).hasSize(2);
    assertThat(fake.sent).isEmpty();
  }

  @Test
  void theSubscriberSeesAnAcknowledgementADay() {
    Recorder recorder = Recorder.of(watch(3600, 0));
    long days = 3;
    for (int i = 0; i < days * 24; i++) {
      now += TimeUnit.HOURS.toNanos(1);
      peerIsHeard();
      fake.channel.advanceTimeBy(1, TimeUnit.HOURS);
      fake.channel.runScheduledPendingTasks();
    }
    assertThat(recorder.frames).hasSizeBetween(2, 3);
    ByteBuf fed = Unpooled.wrappedBuffer(recorder.frames.get(0));
    assertThat(FrameHeaderCodec.frameType(fed)).isEqualTo(FrameType.KEEPALIVE);
    assertThat(KeepAliveFrameCodec.respondFlag(fed)).isFalse();
  }

  @Test
  void zeroSwitchesTheWatchOffButNotTheAnswers() {
    Recorder.of(watch(0, 0));
    pass(100_000);
    assertThat(fake.sent).isEmpty();
    assertThat(fake.closeCause).isNull();
    fake.receive(keepAlive(true, ""));
    assertThat(questions()).containsExactly(false);
  }

  @Test
  void aTimeoutOfZeroOnlyAsks() {
    watch(1, 0);
    pass(1_000);
    assertThat(fake.sent).hasSize(1_000);
    assertThat(fake.closeCause).isNull();
  }
}
