package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.wire.Pipe.Carrier;
import io.reactorzmq.internal.wire.WireRecord.Bulk;
import io.reactorzmq.internal.wire.WireRecord.Failure;
import io.reactorzmq.internal.wire.WireRecord.Reply;
import io.reactorzmq.internal.wire.WireRecord.Request;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records of all kinds, mixed and cut by chance: what is framed is read, and all is released. */
class RecordRoundTripTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Random random = new Random(20_240_301);
  private final Holder holder = new Holder();

  @ParameterizedTest
  @EnumSource(Carrier.class)
  void randomRecords(Carrier carrier) {
    for (int round = 0; round < 150; round++) {
      int maxMessages = new int[] {1, 2, 3, 250}[random.nextInt(4)];
      int frameBytes = FRAME + random.nextInt(4) * random.nextInt(FRAME);
      roundTrip(new Limits(maxMessages, frameBytes, 0, 0), carrier, 1 + random.nextInt(60));
      assertThat(Bytes.live(alloc)).isZero();
      assertThat(holder.refCnt()).isOne();
    }
  }

  private void roundTrip(Limits limits, Carrier carrier, int count) {
    FrameWriter writer = FrameWriter.ofRecords(alloc, limits, 1024, 1024);
    FrameReader<WireRecord> reader = FrameReader.ofRecords(limits);
    List<String> sent = new ArrayList<>();
    List<String> received = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WireRecord record = record();
      sent.add(text(record));
      while (!writer.append(record, holder)) {
        carry(writer, reader, limits, carrier, received);
      }
      if (random.nextInt(5) == 0) {
        carry(writer, reader, limits, carrier, received);
      }
    }
    if (!writer.isEmpty()) {
      carry(writer, reader, limits, carrier, received);
    }
    assertThat(received).isEqualTo(sent);
  }

  private void carry(
      FrameWriter writer,
      FrameReader<WireRecord> reader,
      Limits limits,
      Carrier carrier,
      List<String> received) {
    boolean cut = writer.inMessage();
    int ends = writer.messagesEnded();
    ByteBuf frame = writer.finish();
    assertThat(frame.readableBytes()).isLessThanOrEqualTo(limits.maxFrameBytes());
    int read =
        reader.read(
            carrier.carry(frame, alloc),
            record -> {
              received.add(text(record));
              WireRecord.release(record);
            });
    assertThat(read).isEqualTo(ends);
    assertThat(reader.assembling()).isEqualTo(cut);
  }

  private WireRecord record() {
    long id = 1 + (random.nextLong() >>> (1 + random.nextInt(62)));
    return switch (random.nextInt(5)) {
      case 0 -> new Bulk(id, 1 + (random.nextLong() >>> (1 + random.nextInt(62))));
      case 1 ->
          new Failure(
              id, random.nextInt(256), random.nextBoolean(), "\u00e9".repeat(random.nextInt(513)));
      case 2 -> new Reply(id, message());
      default -> new Request(id, message());
    };
  }

  private Message message() {
    byte[][] parts = new byte[1 + random.nextInt(4)][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = new byte[random.nextInt(random.nextInt(6) == 0 ? 2 * FRAME : 1500)];
      random.nextBytes(parts[i]);
    }
    return Message.of(parts);
  }

  private static String text(WireRecord record) {
    Message message = record.message();
    if (message == null) {
      return record.toString();
    }
    StringBuilder text = new StringBuilder(record.kind() + " " + record.id());
    for (int i = 0; i < message.partCount(); i++) {
      text.append(' ').append(ByteBufUtil.hexDump(message.part(i)));
    }
    return text.toString();
  }
}
