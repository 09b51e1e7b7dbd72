package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.rsocket.frame.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the guard lets pass on the connection as such. */
class InboundGuardTest extends GuardedConnection {

  @Test
  void framesShorterThanAHeaderAreRefused() {
    dialled();
    refused(Unpooled.buffer().writeZero(5), "5 bytes");
  }

  @Test
  void anEmptyFrameIsRefused() {
    dialled();
    refused(Unpooled.buffer(), "0 bytes");
  }

  @Test
  void setupComesFirstOnTheBoundSide() {
    guard(false);
    refused(keepAlive(), "KEEPALIVE before SETUP");
  }

  @Test
  void resumeIsRefused() {
    guard(false);
    refused(raw(0, FrameType.RESUME.getEncodedType(), 0, 30), "RESUME before SETUP");
  }

  @Test
  void setupComesOnce() {
    guard(false);
    passes(setup());
    refused(setup(), "SETUP where none is expected");
  }

  @Test
  void setupIsNotForTheDialler() {
    guard(true);
    refused(setup(), "SETUP where none is expected");
  }

  @Test
  void duringTheHandshakeOnlyConnectionFramesPass() {
    guard(true);
    passes(keepAlive());
    passes(error(0));
    passes(metadataPush());
    refused(channel(2), "REQUEST_CHANNEL on a stream before the handshake was done");
  }

  @Test
  void theHandshakeRaisesTheLimitOfTheTransport() {
    bound();
    assertThat(fake.maxInboundFrameLength).isEqualTo(1_000_000);
  }

  @Test
  void metadataPushComesOnce() {
    dialled();
    refused(metadataPush(), "METADATA_PUSH more than once");
  }

  @ParameterizedTest
  @EnumSource(
      value = FrameType.class,
      names = {"LEASE", "RESUME", "RESUME_OK", "REQUEST_CHANNEL", "PAYLOAD", "CANCEL", "EXT"})
  void otherFramesOnStreamZeroAreRefused(FrameType type) {
    dialled();
    refused(raw(0, type.getEncodedType(), 0, 30), "type " + type + " on stream 0");
  }

  @ParameterizedTest
  @EnumSource(
      value = FrameType.class,
      names = {"SETUP", "KEEPALIVE", "METADATA_PUSH", "LEASE", "RESUME", "EXT"})
  void connectionFramesOnAStreamAreRefused(FrameType type) {
    bound();
    passes(channel(1));
    refused(raw(1, type.getEncodedType(), 0, 30), "type " + type + " on stream 1");
  }

  @Test
  void unknownTypesAreRefusedByNumber() {
    bound();
    refused(raw(0, 0x2A, 0, 30), "type 0x2a");
  }
}
