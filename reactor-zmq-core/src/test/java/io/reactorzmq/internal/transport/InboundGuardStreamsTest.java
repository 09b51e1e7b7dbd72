package io.reactorzmq.internal.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.rsocket.frame.CancelFrameCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.PayloadFrameCodec;
import io.rsocket.frame.RequestChannelFrameCodec;
import io.rsocket.frame.RequestNFrameCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

// Past 300 lines because each type of frame has its own ways to be wrong.

/** What the guard lets pass on streams. */
class InboundGuardStreamsTest extends GuardedConnection {

  @Test
  void channelsPassWithTheirFrames() {
    bound();
    passes(channel(1));
    passes(next(1));
    passes(RequestNFrameCodec.encode(ALLOC, 1, 7));
    passes(complete(1));
    passes(CancelFrameCodec.encode(ALLOC, 1));
    passes(error(1));
    passes(channel(3));
  }

  @ParameterizedTest
  @EnumSource(
      value = FrameType.class,
      names = {"REQUEST_RESPONSE", "REQUEST_FNF", "REQUEST_STREAM"})
  void otherRequestsAreRefusedUnlessAllowed(FrameType type) {
    bound();
    refused(request(type, 1), "type " + type + ", which is not served here");
  }

  @Test
  void allowedRequestsPass() {
    bound(FrameType.REQUEST_RESPONSE, FrameType.REQUEST_FNF, FrameType.REQUEST_STREAM);
    passes(request(FrameType.REQUEST_RESPONSE, 1));
    passes(request(FrameType.REQUEST_STREAM, 3));
    passes(request(FrameType.REQUEST_FNF, 5));
  }

  @Test
  void onlyRequestsCanBeAllowed() {
    assertThatThrownBy(() -> guard(true, FrameType.CANCEL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CANCEL");
  }

  @Test
  void aPeerGivesOnlyItsOwnIds() {
    bound();
    refused(channel(2), "stream id 2, which is this side's to give");
  }

  @Test
  void theBoundPeersIdsAreEven() {
    dialled();
    passes(channel(2));
    refused(channel(3), "stream id 3, which is this side's to give");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void idsOnlyRise(int again) {
    bound();
    passes(channel(1));
    passes(channel(5));
    refused(channel(again), "stream id " + again + " after 5");
  }

  @Test
  void anIdIsNotUsedAgainAfterItsStreamEnded() {
    bound();
    passes(channel(1));
    passes(error(1));
    refused(channel(1), "stream id 1 after 1");
  }

  @Test
  void idsAreInRange() {
    bound();
    refused(channel(-1), "4294967295");
  }

  @Test
  void fragmentedRequestsAreRefused() {
    bound();
    refused(
        RequestChannelFrameCodec.encode(ALLOC, 1, true, false, 5, null, Unpooled.EMPTY_BUFFER),
        "fragmented request");
  }

  @Test
  void fragmentedPayloadsAreRefused() {
    bound();
    passes(channel(1));
    refused(
        PayloadFrameCodec.encode(ALLOC, 1, true, false, true, null, Unpooled.EMPTY_BUFFER),
        "fragmented payload");
  }

  @Test
  void aPayloadThatIsNothingIsRefused() {
    bound();
    passes(channel(1));
    refused(raw(1, Frames.PAYLOAD, 0, 5), "neither NEXT nor COMPLETE");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 2})
  void framesForStreamsNeverOpenedAreRefused(int streamId) {
    bound();
    passes(channel(1));
    refused(next(streamId), "stream " + streamId + ", which was not opened");
  }

  @Test
  void framesForOurOwnStreamsPassFromTheRequestOn() {
    InboundGuard guard = dialled();
    guard.sendFrame(1, channel(1));
    passes(next(1));
    refused(next(3), "stream 3, which was not opened");
  }

  @Test
  void aLateFrameForAnEndedStreamPasses() {
    bound();
    passes(channel(1));
    passes(error(1));
    passes(next(1));
  }

  @Test
  void tooManyOpenStreamsAreRefused() {
    bound();
    passes(channel(1));
    passes(channel(3));
    passes(channel(5));
    refused(channel(7), "one more request than the 3 streams");
  }

  @Test
  void aStreamHalfEndedIsOpen() {
    bound();
    passes(channel(1));
    passes(channel(3));
    passes(channel(5));
    passes(complete(1));
    refused(channel(7), "3 streams");
  }

  @Test
  void aStreamEndsWhenBothSidesHaveCompleted() {
    InboundGuard guard = bound();
    for (int i = 1; i < 100; i += 2) {
      passes(channel(i));
      if (i % 4 == 1) {
        guard.sendFrame(i, complete(i));
        passes(complete(i));
      } else {
        passes(complete(i));
        guard.sendFrame(i, complete(i));
      }
    }
  }

  @Test
  void aStreamEndsByErrorOfEitherSideOrCancelOfItsOpener() {
    InboundGuard guard = bound();
    for (int i = 1; i < 300; i += 6) {
      passes(channel(i));
      guard.sendFrame(i, error(i));
      passes(channel(i + 2));
      passes(error(i + 2));
      passes(channel(i + 4));
      passes(CancelFrameCodec.encode(ALLOC, i + 4));
    }
  }

  @Test
  void ourCancelEndsOnlyThePeersDirection() {
    InboundGuard guard = bound();
    for (int i = 1; i <= 5; i += 2) {
      passes(channel(i));
      guard.sendFrame(i, CancelFrameCodec.encode(ALLOC, i));
    }
    guard.sendFrame(1, complete(1));
    passes(channel(7));
    refused(channel(9), "3 streams");
  }

  @Test
  void aCompleteInTheRequestEndsThePeersDirection() {
    InboundGuard guard = bound();
    for (int i = 1; i < 100; i += 2) {
      passes(channel(i, true));
      guard.sendFrame(i, complete(i));
    }
  }

  @Test
  void aResponseEndsARequestAndFireAndForgetNeverOpens() {
    InboundGuard guard =
        bound(FrameType.REQUEST_RESPONSE, FrameType.REQUEST_FNF, FrameType.REQUEST_STREAM);
    for (int i = 1; i < 300; i += 6) {
      passes(request(FrameType.REQUEST_RESPONSE, i));
      guard.sendFrame(
          i, PayloadFrameCodec.encode(ALLOC, i, false, true, true, null, Unpooled.EMPTY_BUFFER));
      passes(request(FrameType.REQUEST_FNF, i + 2));
      passes(request(FrameType.REQUEST_STREAM, i + 4));
      guard.sendFrame(i + 4, complete(i + 4));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -5})
  void demandIsPositive(int n) {
    bound();
    passes(channel(1));
    ByteBuf frame = raw(1, Frames.REQUEST_N, 0, 0).writeInt(n);
    refused(frame, "a demand below 1 on stream 1");
  }

  @ParameterizedTest
  @ValueSource(ints = {Frames.REQUEST_N, Frames.ERROR, Frames.REQUEST_CHANNEL})
  void cutFramesOnAStreamAreRefused(int type) {
    bound();
    passes(channel(1));
    refused(raw(1, type, 0, 3), "which is too short");
  }

  @ParameterizedTest
  @ValueSource(ints = {Frames.KEEPALIVE, Frames.ERROR})
  void cutConnectionFramesAreRefused(int type) {
    dialled();
    refused(raw(0, type, 0, 3), "which is too short");
  }

  @Test
  void metadataFitsItsFrame() {
    bound();
    passes(channel(1));
    int flags = Frames.FLAG_METADATA | Frames.FLAG_NEXT;
    passes(raw(1, Frames.PAYLOAD, flags, 0).writeMedium(2).writeZero(2));
    refused(raw(1, Frames.PAYLOAD, flags, 0).writeMedium(3).writeZero(2), "metadata longer");
  }

  @Test
  void metadataHasALength() {
    bound();
    refused(raw(1, Frames.REQUEST_CHANNEL, Frames.FLAG_METADATA, 0).writeInt(1), "metadata longer");
  }

  @Test
  void framesAreReadFromTheirReaderIndex() {
    bound();
    ByteBuf request = channel(1);
    ByteBuf padded = Unpooled.buffer().writeZero(100).writeBytes(request).readerIndex(100);
    request.release();
    passes(padded);
  }

  @Test
  void requestNGoesOutOnTheChannelInUse() {
    InboundGuard guard = bound();
    assertThatThrownBy(() -> guard.sendRequestN(1)).isInstanceOf(IllegalStateException.class);
    passes(channel(1));
    guard.sendRequestN(17);
    guard.sendFrame(2, channel(2));
    guard.sendRequestN(18);
    ByteBuf first = Unpooled.wrappedBuffer(fake.sent.get(0));
    ByteBuf last = Unpooled.wrappedBuffer(fake.sent.get(2));
    assertThat(Frames.streamId(first)).isEqualTo(1);
    assertThat(RequestNFrameCodec.requestN(first)).isEqualTo(17);
    assertThat(Frames.streamId(last)).isEqualTo(2);
    assertThat(RequestNFrameCodec.requestN(last)).isEqualTo(18);
  }

  @Test
  void aPayloadGoesOutOnTheChannelInUseAsRSocketWouldSendIt() {
    InboundGuard guard = bound();
    ByteBuf payload = Unpooled.copiedBuffer("......payload", UTF_8).readerIndex(Frames.HEADER);
    guard.sendFrame(2, channel(2));
    guard.sendNext(payload);
    ByteBuf expected =
        PayloadFrameCodec.encode(
            ByteBufAllocator.DEFAULT,
            2,
            false,
            false,
            true,
            null,
            Unpooled.copiedBuffer("payload", UTF_8));
    assertThat(fake.sent.get(1)).isEqualTo(ByteBufUtil.getBytes(expected));
    expected.release();
    assertThat(payload.refCnt()).isZero();
  }

  @Test
  void aPayloadWithoutAChannelOrRoomForAHeaderIsReleasedAndNotSent() {
    InboundGuard guard = bound();
    ByteBuf early = Unpooled.copiedBuffer("......payload", UTF_8).readerIndex(Frames.HEADER);
    assertThatThrownBy(() -> guard.sendNext(early)).isInstanceOf(IllegalStateException.class);
    assertThat(early.refCnt()).isZero();
    passes(channel(1));
    ByteBuf cramped = Unpooled.copiedBuffer(".....payload", UTF_8).readerIndex(5);
    assertThatThrownBy(() -> guard.sendNext(cramped)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(cramped.refCnt()).isZero();
    assertThat(fake.sent).isEmpty();
  }
}
