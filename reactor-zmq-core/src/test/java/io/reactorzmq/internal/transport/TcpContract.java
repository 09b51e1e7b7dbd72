package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportServer;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a byte stream can do to the contract. */
interface TcpContract extends TransportContract {

  record Raw(RawPeer peer, TransportConnection accepted) {}

  private static Raw raw(Rig rig) {
    BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
    TransportServer server = rig.bind(accepted::add);
    return new Raw(new RawPeer(server.endpoint()), Rig.take(accepted));
  }

  @Test
  default void aSegmentOfFourFramesIsDeliveredByDemand() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      byte[] segment = new byte[4 * 33];
      for (int i = 0; i < 4; i++) {
        System.arraycopy(RawPeer.frame(1, i, 30), 0, segment, i * 33, 33);
      }
      raw.peer().write(segment);
      Recorder recorder = Recorder.of(raw.accepted(), 1);
      recorder.awaitFrames(1);
      rig.settle();
      assertThat(recorder.frames).hasSize(1);
      recorder.request(Long.MAX_VALUE);
      recorder.awaitFrames(4);
      assertThat(recorder.seconds()).containsExactly(0, 1, 2, 3);
      raw.peer().close();
    }
  }

  @Test
  default void framesMayArriveByteByByte() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Recorder recorder = Recorder.of(raw.accepted());
      for (int i = 0; i < 5; i++) {
        byte[] bytes = RawPeer.frame(1, i, 40);
        for (int at = 0; at < bytes.length; at++) {
          raw.peer().write(bytes, at, 1);
        }
      }
      recorder.awaitFrames(5);
      assertThat(recorder.seconds()).containsExactly(0, 1, 2, 3, 4);
      raw.peer().close();
    }
  }

  @Test
  default void largeFramesMayBeCutAnywhere() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Recorder recorder = Recorder.of(raw.accepted());
      byte[] stream = new byte[20 * 50_003];
      for (int i = 0; i < 20; i++) {
        byte[] frame = RawPeer.frame(1, i, 50_000);
        Arrays.fill(frame, 11, frame.length, (byte) i);
        System.arraycopy(frame, 0, stream, i * 50_003, frame.length);
      }
      int at = 0;
      for (int cut = 1; at < stream.length; cut = cut * 7 % 65_521) {
        int length = Math.min(cut, stream.length - at);
        raw.peer().write(stream, at, length);
        at += length;
      }
      recorder.awaitFrames(20);
      for (int i = 0; i < 20; i++) {
        byte[] frame = recorder.frames.get(i);
        assertThat(Recorder.number(frame, 1)).isEqualTo(i);
        assertThat(frame).hasSize(50_000).endsWith((byte) i);
      }
      raw.peer().close();
    }
  }

  @Test
  default void anOversizedFrameIsRefusedBeforeMemoryIsTakenForIt() {
    try (Rig rig = rig()) {
      rig.maxInboundFrameLength = 1_000_000;
      Raw raw = raw(rig);
      Closed closed = Closed.of(raw.accepted());
      Recorder.of(raw.accepted());
      raw.peer().write(new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0, 0, 0, 0});
      assertThat(closed.awaitError())
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("16777215")
          .hasMessageContaining("1000000");
      assertThat(rig.hugeAllocations()).isZero();
      raw.peer().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 200_000})
  default void aSlowFrameIsASignOfLifeBeforeItIsWhole(int bytes) {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Recorder recorder = Recorder.of(raw.accepted());
      byte[] frame = RawPeer.frame(1, 0, bytes);
      long last = raw.accepted().lastReadNanos();
      for (int i = 0; i < 4; i++) {
        raw.peer().write(frame, i * bytes / 5, bytes / 5);
        long before = last;
        Rig.patiently().until(() -> raw.accepted().lastReadNanos() > before);
        last = raw.accepted().lastReadNanos();
      }
      assertThat(recorder.frames).isEmpty();
      raw.peer().close();
    }
  }

  @Test
  default void aPeersFinIsAnOrderlyEnd() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Closed closed = Closed.of(raw.accepted());
      Recorder recorder = Recorder.of(raw.accepted());
      raw.peer().write(RawPeer.frame(1, 0, 20));
      raw.peer().finish();
      closed.awaitComplete();
      recorder.awaitFrames(1);
      assertThat(raw.peer().atEnd()).isTrue();
      raw.peer().close();
    }
  }

  @Test
  default void whatIsQueuedIsStillSentAfterAPeersFin() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Closed closed = Closed.of(raw.accepted());
      for (int i = 0; i < 300; i++) {
        raw.accepted().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      Recorder.of(raw.accepted());
      raw.peer().finish();
      for (int i = 0; i < 300; i++) {
        assertThat(Recorder.number(raw.peer().read(), 1)).isEqualTo(i);
      }
      assertThat(raw.peer().atEnd()).isTrue();
      closed.awaitComplete();
      raw.peer().close();
    }
  }

  @Test
  default void anEndInsideAFrameIsAFailure() {
    try (Rig rig = rig()) {
      for (int cut : new int[] {1, 3, 10}) {
        Raw raw = raw(rig);
        Closed closed = Closed.of(raw.accepted());
        Recorder.of(raw.accepted());
        raw.peer().write(RawPeer.frame(1, 0, 20), 0, cut);
        raw.peer().finish();
        assertThat(closed.awaitError()).isInstanceOf(EOFException.class);
        raw.peer().close();
      }
    }
  }

  @Test
  default void aPeersResetIsAFailure() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Closed closed = Closed.of(raw.accepted());
      Recorder recorder = Recorder.of(raw.accepted());
      raw.peer().write(RawPeer.frame(1, 0, 20));
      recorder.awaitFrames(1);
      raw.peer().reset();
      assertThat(closed.awaitError()).isInstanceOf(IOException.class);
      assertThat(recorder.awaitError()).isInstanceOf(IOException.class);
    }
  }

  @Test
  default void aResetWhileManyFramesWaitReleasesThem() {
    try (Rig rig = rig()) {
      Raw raw = raw(rig);
      Closed closed = Closed.of(raw.accepted());
      Recorder.of(raw.accepted());
      for (int i = 0; i < 500; i++) {
        raw.accepted().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      raw.peer().reset();
      assertThat(closed.awaitError()).isInstanceOf(IOException.class);
      rig.awaitNoBuffers();
    }
  }

  @Test
  default void aKilledPeerEndsItsConnection() throws Exception {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      Process process = KilledPeer.start(rig.bind(accepted::add).endpoint());
      TransportConnection connection = Rig.take(accepted);
      Closed closed = Closed.of(connection);
      Recorder recorder = Recorder.of(connection);
      recorder.awaitFrames(1);
      KilledPeer.kill(process);
      closed.await1();
      recorder.awaitError();
    }
  }
}
