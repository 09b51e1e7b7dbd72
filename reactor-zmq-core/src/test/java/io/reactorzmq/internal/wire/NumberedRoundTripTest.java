package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.wire.Pipe.Carrier;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbered messages with holes, cut by chance: what is framed is read, and all is released. */
class NumberedRoundTripTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Random random = new Random(20_240_401);
  private final Holder holder = new Holder();
  private final List<String> sent = new ArrayList<>();
  private final List<String> received = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(Carrier.class)
  void randomMessages(Carrier carrier) {
    for (int round = 0; round < 150; round++) {
      int maxMessages = new int[] {1, 2, 3, 250}[random.nextInt(4)];
      int frameBytes = FRAME + random.nextInt(4) * random.nextInt(FRAME);
      long first = 1 + (round % 2 == 0 ? 0 : random.nextLong() >>> (2 + random.nextInt(60)));
      roundTrip(new Limits(maxMessages, frameBytes, 0, 0), carrier, first);
      assertThat(Bytes.live(alloc)).isZero();
      assertThat(holder.refCnt()).isOne();
    }
  }

  private void roundTrip(Limits limits, Carrier carrier, long first) {
    sent.clear();
    received.clear();
    FrameWriter writer = FrameWriter.ofNumbered(alloc, limits, 1024, 1024);
    FrameReader<Numbered> reader = FrameReader.ofNumbered(limits);
    long number = first;
    for (int i = random.nextInt(60); i >= 0; i--, number++) {
      Message message = message();
      sent.add(text(number, message));
      while (!writer.append(message, number, holder)) {
        carry(writer, reader, limits, carrier);
      }
      if (random.nextInt(5) == 0) {
        number += random.nextInt(300);
      }
      if (random.nextInt(10) == 0) {
        carry(writer, reader, limits, carrier);
        number += 1000;
        sent.add(number + 1 + "");
        assertThat(reader.read(writer.finishEmpty(number + 1), this::receive)).isOne();
      }
    }
    if (!writer.isEmpty()) {
      carry(writer, reader, limits, carrier);
    }
    assertThat(received).isEqualTo(sent);
  }

  private void carry(
      FrameWriter writer, FrameReader<Numbered> reader, Limits limits, Carrier carrier) {
    boolean cut = writer.inMessage();
    int ends = writer.messagesEnded();
    ByteBuf frame = writer.finish();
    assertThat(frame.readableBytes()).isLessThanOrEqualTo(limits.maxFrameBytes());
    assertThat(reader.read(carrier.carry(frame, alloc), this::receive)).isEqualTo(ends);
    assertThat(reader.assembling()).isEqualTo(cut);
  }

  private void receive(Numbered numbered) {
    assertThat(numbered.gap()).isFalse();
    Message message = numbered.message();
    received.add(message == null ? numbered.number() + "" : text(numbered.number(), message));
    Numbered.release(numbered);
  }

  private Message message() {
    byte[][] parts = new byte[1 + random.nextInt(4)][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = new byte[random.nextInt(random.nextInt(6) == 0 ? 2 * FRAME : 1500)];
      random.nextBytes(parts[i]);
    }
    return random.nextInt(6) == 0 ? Message.of("") : Message.of(parts);
  }

  private static String text(long number, Message message) {
    StringBuilder text = new StringBuilder(number + "=");
    for (int i = 0; i < message.partCount(); i++) {
      text.append(' ').append(ByteBufUtil.hexDump(message.part(i)));
    }
    return text.toString();
  }
}
