package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.message.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Damaged and random bytes: a reader answers with a refusal or takes them, and holds nothing. */
class FuzzTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final Limits LIMITS = new Limits(40, FRAME, 3 * FRAME, 0);

  private final Random random = new Random(1);
  private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false, true);
  private int taken;
  private int refused;

  @Test
  void damagedFrames() {
    List<List<byte[]>> streams = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      streams.add(stream(i % 3 == 0 ? 2 * FRAME : 40));
    }
    for (int i = 0; i < 80_000; i++) {
      List<byte[]> stream = streams.get(random.nextInt(streams.size()));
      int damagedOne = random.nextInt(stream.size());
      FrameReader<Message> reader = FrameReader.ofMessages(LIMITS);
      boolean alive = true;
      for (int k = 0; k < stream.size() && alive; k++) {
        byte[] bytes = k == damagedOne ? damaged(stream.get(k)) : stream.get(k);
        alive = read(reader, bytes);
      }
      reader.release();
      assertThat(Bytes.live(alloc)).isZero();
    }
    assertThat(taken).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void randomFrames() {
    FrameReader<Message> reader = FrameReader.ofMessages(LIMITS);
    for (int i = 0; i < 80_000; i++) {
      byte[] bytes = smallNumbers(random.nextInt(40));
      if (bytes.length > 1) {
        bytes[0] = Kind.DATA.code();
        bytes[1] = (byte) (random.nextInt(4) == 0 ? DataFormat.HEADERS : 0);
      }
      read(reader, bytes);
    }
    assertThat(Bytes.live(alloc)).isZero();
    assertThat(taken).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void damagedFramesOfRecords() {
    List<List<byte[]>> streams = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      streams.add(recordStream(i % 3 == 0 ? 2 * FRAME : 40));
    }
    for (int i = 0; i < 80_000; i++) {
      List<byte[]> stream = streams.get(random.nextInt(streams.size()));
      int damagedOne = random.nextInt(stream.size());
      FrameReader<WireRecord> reader = FrameReader.ofRecords(LIMITS);
      boolean alive = true;
      for (int k = 0; k < stream.size() && alive; k++) {
        alive = read(reader, k == damagedOne ? damaged(stream.get(k)) : stream.get(k));
      }
      reader.release();
      assertThat(Bytes.live(alloc)).isZero();
    }
    assertThat(taken).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void randomFramesOfRecords() {
    FrameReader<WireRecord> reader = FrameReader.ofRecords(LIMITS);
    for (int i = 0; i < 80_000; i++) {
      byte[] bytes = smallNumbers(random.nextInt(20));
      if (bytes.length > 2) {
        bytes[0] = Kind.DATA.code();
        bytes[1] = (byte) (random.nextInt(4) == 0 ? DataFormat.HEADERS : 0);
        bytes[2] = (byte) (1 + random.nextInt(4));
      }
      read(reader, bytes);
    }
    assertThat(Bytes.live(alloc)).isZero();
    assertThat(taken).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void damagedFramesOfNumberedMessages() {
    List<List<byte[]>> streams = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      streams.add(numberedStream(i % 3 == 0 ? 2 * FRAME : 40));
    }
    for (int i = 0; i < 80_000; i++) {
      List<byte[]> stream = streams.get(random.nextInt(streams.size()));
      int damagedOne = random.nextInt(stream.size());
      FrameReader<Numbered> reader = FrameReader.ofNumbered(LIMITS);
      boolean alive = true;
      for (int k = 0; k < stream.size() && alive; k++) {
        alive = read(reader, k == damagedOne ? damaged(stream.get(k)) : stream.get(k));
      }
      reader.release();
      assertThat(Bytes.live(alloc)).isZero();
    }
    assertThat(taken).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void randomFramesOfNumberedMessages() {
    for (int i = 0; i < 80_000; i++) {
      byte[] bytes = smallNumbers(random.nextInt(20));
      if (bytes.length > 1) {
        bytes[0] = Kind.DATA.code();
        bytes[1] = (byte) (random.nextInt(4) * DataFormat.HEADERS);
      }
      read(FrameReader.ofNumbered(LIMITS), bytes);
    }
    assertThat(Bytes.live(alloc)).isZero();
    assertThat(taken).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(10_000);
  }

  /** Feeds one frame and reads every byte of what comes out. */
  private boolean read(FrameReader<?> reader, byte[] bytes) {
    ByteBuf frame = alloc.heapBuffer(bytes.length).writeBytes(bytes);
    List<Object> out = new ArrayList<>();
    boolean alive;
    try {
      int count = reader.read(frame, out::add);
      assertThat(count == out.size()).isTrue();
      taken++;
      alive = true;
    } catch (ProtocolException | MessageTooLargeException e) {
      assertThat(out.isEmpty()).isTrue();
      refused++;
      alive = false;
    }
    for (Object element : out) {
      Message message = messageOf(element);
      if (message == null) {
        continue;
      }
      long size = 0;
      for (int k = 0; k < message.partCount(); k++) {
        size += ByteBufUtil.getBytes(message.part(k)).length;
      }
      assertThat(size == message.size() && size <= LIMITS.maxMessageSize()).isTrue();
      message.release();
    }
    assertThat(Bytes.live(alloc) <= LIMITS.maxMessageSize() + 2 * FRAME).isTrue();
    return alive;
  }

  /** Null for what carries none, which must be within its limits then. */
  private static @Nullable Message messageOf(Object element) {
    if (element instanceof Message message) {
      return message;
    }
    if (element instanceof Numbered numbered) {
      assertThat(numbered.number() > 0).isTrue();
      return numbered.message();
    }
    WireRecord record = (WireRecord) element;
    assertThat(record.id() > 0).isTrue();
    if (record instanceof WireRecord.Failure failure) {
      assertThat(failure.text().length() <= WireRecord.MAX_TEXT_BYTES).isTrue();
    } else if (record instanceof WireRecord.Bulk bulk) {
      assertThat(bulk.size() > 0).isTrue();
    }
    return record.message();
  }

  @Test
  void hellos() {
    byte[] good =
        ByteBufUtil.getBytes(
            new Hello(
                    1,
                    1,
                    Role.PULL,
                    new byte[20],
                    new SocketId(1, 2),
                    300,
                    7,
                    new Hello.Wants("alt", true),
                    List.of("alt://h:1", "rdma://h:2"))
                .encode(alloc));
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = i % 4 == 0 ? random(random.nextInt(60)) : damaged(good);
      try {
        Hello.decode(Unpooled.wrappedBuffer(bytes));
        taken++;
      } catch (ProtocolException | HandshakeException e) {
        refused++;
      }
    }
    assertThat(taken).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void controlPayloads() {
    byte[] open = ByteBufUtil.getBytes(Control.open(alloc, LIMITS));
    byte[] window = ByteBufUtil.getBytes(Control.window(alloc, 300));
    byte[] cancel = ByteBufUtil.getBytes(Control.cancel(alloc, new long[] {1, 300, 70_000}, 3));
    byte[] fetch = ByteBufUtil.getBytes(Control.fetch(alloc, 300));
    long[] ids = {1, 300, 70_000};
    Queue<Subscription> subscriptions = new ArrayDeque<>();
    for (long id : ids) {
      subscriptions.add(new Subscription(id, random(5)));
    }
    byte[] subscribe = ByteBufUtil.getBytes(Subscriptions.subscribe(alloc, subscriptions));
    byte[] subscribed = ByteBufUtil.getBytes(Subscriptions.subscribed(alloc, 500, ids, 3));
    byte[] unsubscribe = ByteBufUtil.getBytes(Subscriptions.unsubscribe(alloc, ids, 3));
    List<byte[]> good = List.of(open, window, cancel, fetch, subscribe, subscribed, unsubscribe);
    for (int i = 0; i < 64_000; i++) {
      byte[] bytes = i % 8 == 7 ? random(random.nextInt(20)) : damaged(good.get(i % 8));
      ByteBuf payload = Unpooled.wrappedBuffer(bytes);
      try {
        switch (Kind.of(payload)) {
          case OPEN -> Control.readOpen(payload);
          case WINDOW -> Control.readWindow(payload);
          case LEAVE -> Control.readLeave(payload);
          case CANCEL -> Control.readCancel(payload);
          case FETCH -> Control.readFetch(payload);
          case SUBSCRIBE -> Subscriptions.readSubscribe(payload);
          case SUBSCRIBED -> Subscriptions.readSubscribed(payload);
          case UNSUBSCRIBE -> Subscriptions.readUnsubscribe(payload);
          default -> Control.readEnd(payload);
        }
        taken++;
      } catch (ProtocolException e) {
        refused++;
      }
    }
    assertThat(taken).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(1000);
  }

  /** The frames of a few random messages of up to a size. */
  private List<byte[]> stream(int maxPart) {
    FrameWriter writer = new FrameWriter(alloc, LIMITS, 1024);
    Holder holder = new Holder();
    List<byte[]> frames = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      byte[][] parts = new byte[1 + random.nextInt(3)][];
      Arrays.setAll(parts, k -> random(random.nextInt(k == 0 ? maxPart + 1 : 20)));
      Message message = Message.of(parts);
      while (!writer.append(message, holder)) {
        frames.add(drain(writer.finish()));
      }
    }
    frames.add(drain(writer.finish()));
    return frames;
  }

  /** The frames of a few random records, of messages of up to a size. */
  private List<byte[]> recordStream(int maxPart) {
    FrameWriter writer = FrameWriter.ofRecords(alloc, LIMITS, 1024, 1024);
    Holder holder = new Holder();
    List<byte[]> frames = new ArrayList<>();
    for (int id = 1 + random.nextInt(5); id > 0; id--) {
      WireRecord record =
          switch (random.nextInt(4)) {
            case 0 -> new WireRecord.Bulk(id, 1 + random.nextInt(1000));
            case 1 -> new WireRecord.Failure(id, 1, true, "x".repeat(random.nextInt(30)));
            case 2 -> new WireRecord.Reply(id, Message.of("reply"));
            default -> new WireRecord.Request(id, Message.of(random(random.nextInt(maxPart + 1))));
          };
      while (!writer.append(record, holder)) {
        frames.add(drain(writer.finish()));
      }
    }
    frames.add(drain(writer.finish()));
    return frames;
  }

  /** The frames of a few random messages of up to a size, with holes in their numbers. */
  private List<byte[]> numberedStream(int maxPart) {
    FrameWriter writer = FrameWriter.ofNumbered(alloc, LIMITS, 1024, 1024);
    Holder holder = new Holder();
    List<byte[]> frames = new ArrayList<>();
    long number = 0;
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      number += 1 + random.nextInt(2) * random.nextInt(200);
      Message message = Message.of(random(random.nextInt(20)), random(random.nextInt(maxPart + 1)));
      while (!writer.append(message, number, holder)) {
        frames.add(drain(writer.finish()));
      }
    }
    frames.add(drain(writer.finish()));
    if (random.nextBoolean()) {
      frames.add(drain(writer.finishEmpty(number + 2)));
    }
    return frames;
  }

  private static byte[] drain(ByteBuf frame) {
    byte[] bytes = ByteBufUtil.getBytes(frame);
    frame.release();
    return bytes;
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Random bytes of which most could be a count or a length. */
  private byte[] smallNumbers(int length) {
    byte[] bytes = random(length);
    for (int i = 0; i < length; i++) {
      if (random.nextInt(20) != 0) {
        bytes[i] &= 3;
      }
    }
    return bytes;
  }

  /** A copy with some bytes changed near the start or anywhere, cut off, or added. */
  private byte[] damaged(byte[] good) {
    byte[] bytes = good.clone();
    switch (random.nextInt(5)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(4));
      case 2 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      case 3 -> bytes[random.nextInt(Math.min(8, bytes.length))] = (byte) random.nextInt();
      default ->
          bytes[random.nextInt(Math.min(8, bytes.length))] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }
}
