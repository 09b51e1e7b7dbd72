package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.PairSocket;
import io.reactorzmq.PubSocket;
import io.reactorzmq.Published;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import io.reactorzmq.testing.SocketTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

// Past 300 lines because a transport joins by naming its endpoints, and has then all of it.

/**
 * What tensors promise over every transport: the sentences X1 to X9. A transport's test names its
 * endpoints and inherits the rest.
 */
abstract class TensorContract extends SocketTest {

  private static final int FRAME = 256 * 1024;
  private static final int MIB = 1024 * 1024;

  /** An endpoint to bind that clashes with no other. */
  abstract String endpoint();

  // ---- making and comparing

  /** Random bytes in direct memory, in segments of whole elements. */
  private Tensor random(DType dtype, Shape shape, int segments) {
    long rows = shape.elements();
    List<ByteBuf> data = new ArrayList<>();
    long from = 0;
    for (int i = 1; i <= segments; i++) {
      long to = rows * i / segments;
      byte[] bytes = new byte[(int) ((to - from) * dtype.itemSize())];
      new Random(31 * rows + i).nextBytes(bytes);
      data.add(allocator.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes));
      from = to;
    }
    return Tensor.of(dtype, shape, data.toArray(ByteBuf[]::new));
  }

  private static byte[] bytes(Tensor tensor) {
    ByteBuf all = Unpooled.wrappedBuffer(tensor.segments().toArray(ByteBuf[]::new));
    byte[] bytes = new byte[all.readableBytes()];
    all.getBytes(0, bytes);
    return bytes;
  }

  private static void assertSame(Tensor got, Tensor expected) {
    assertThat(got.dtype()).isEqualTo(expected.dtype());
    assertThat(got.shape()).isEqualTo(expected.shape());
    assertThat(Arrays.equals(bytes(got), bytes(expected))).as("the bytes").isTrue();
  }

  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.scalar(),
        Shape.of(0),
        Shape.of(3, 0, 5),
        Shape.of(1),
        Shape.of(7),
        Shape.of(2, 1, 3, 2, 1, 2, 2, 3),
        Shape.of(511),
        Shape.of(65_140), // just below a frame over TCP
        Shape.of(FRAME / 4 - 20),
        Shape.of(FRAME / 4),
        Shape.of(3, FRAME / 4 + 1),
        Shape.of(5 * FRAME + 3));
  }

  // ---- X1, over every pattern

  /** X1: Every dtype, bf16, fp8, complex and bool included, round-trips bit-exact. */
  @ParameterizedTest
  @EnumSource
  void everyTypeRoundTrips(DType dtype) {
    RepSocket rep =
        open(Zmq.rep().codec(TensorCodec.tensors()).handle(Mono::just).bind(endpoint()));
    ReqSocket<Tensor, Tensor> req =
        open(Zmq.req().codec(TensorCodec.tensors()).connect(endpointOf(rep)));
    for (Shape shape : List.of(Shape.scalar(), Shape.of(0, 2), Shape.of(13, 3), Shape.of(70_001))) {
      Tensor tensor = random(dtype, shape, 1);
      Tensor reply = req.request(tensor.retain()).block(SOON);
      assertSame(reply, tensor);
      reply.release();
      tensor.release();
    }
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyShapeIsPushed(Shape shape) {
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.tensors()).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    for (int segments : new int[] {1, 2, 5}) {
      Tensor tensor = random(DType.F32, shape, segments);
      push.send(tensor.retain()).subscribe();
      awaitSize(received, 1);
      Tensor got = received.remove();
      assertSame(got, tensor);
      assertThat(got.segments()).hasSameSizeAs(tensor.segments());
      assertThat(got.segments()).allMatch(Tensor::isOneRun);
      assertThat(got.isDirect()).isTrue();
      got.release();
      tensor.release();
    }
    closeClean(push);
    closeClean(pull);
  }

  @Test
  void tensorsArePublished() {
    PubSocket<Tensor> pub =
        open(Zmq.pub().codec(TensorCodec.tensors()).overflow(OverflowPolicy.WAIT).bind(endpoint()));
    SubSocket<Tensor> sub = open(Zmq.sub().codec(TensorCodec.tensors()).connect(endpointOf(pub)));
    Queue<Published<Tensor>> one = new ConcurrentLinkedQueue<>();
    Queue<Published<Tensor>> other = new ConcurrentLinkedQueue<>();
    sub.receive("weights.").subscribe(one::add);
    sub.receive("weights.layer").subscribe(other::add);
    pub.awaitSubscribers("weights.layer", 1).block(SOON);
    for (int elements : new int[] {0, 5, 400, FRAME / 4, 2_000_000}) {
      Tensor tensor = random(DType.F32, Shape.of(elements), elements > FRAME ? 2 : 1);
      pub.publish("weights.layer1", tensor.retain()).block(SOON);
      awaitSize(one, 1);
      awaitSize(other, 1);
      Tensor first = one.remove().value();
      Tensor second = other.remove().value();
      assertSame(first, tensor);
      assertThat(second).as("they share it").isSameAs(first);
      first.release();
      second.release();
      tensor.release();
    }
  }

  @Test
  void tensorsArePairedBothWays() {
    PairSocket<Tensor> one = open(Zmq.pair().codec(TensorCodec.tensors()).bind(endpoint()));
    PairSocket<Tensor> other =
        open(Zmq.pair().codec(TensorCodec.tensors()).connect(endpointOf(one)));
    Mono<Void> echo = one.sendAll(one.receive().take(3));
    echo.subscribe();
    Flux<Tensor> answers = other.receive().take(3);
    Queue<Tensor> got = new ConcurrentLinkedQueue<>();
    answers.subscribe(got::add);
    for (int elements : new int[] {3, 70_000, 900_000}) {
      Tensor tensor = random(DType.I64, Shape.of(elements), 1);
      other.send(tensor.retain()).subscribe();
      awaitSize(got, 1);
      Tensor back = got.remove();
      assertSame(back, tensor);
      back.release();
      tensor.release();
    }
  }

  /** Published tensors that wait for a subscriber stay where the user wants them. */
  @Test
  void whatWaitsAtASubscriberStaysInMemoryOfChoice() {
    ByteBuf own = PooledByteBufAllocator.DEFAULT.directBuffer(4096);
    AtomicInteger given = new AtomicInteger();
    TensorAllocator chosen =
        (tensor, offset, bytes) -> {
          int at = given.getAndIncrement();
          if (at == 1) {
            throw new IllegalStateException("not this one");
          }
          return own.retainedSlice(1000 * at, bytes).clear();
        };
    PubSocket<Tensor> pub = open(Zmq.pub().codec(TensorCodec.tensors()).bind(endpoint()));
    SubSocket<Tensor> sub =
        open(Zmq.sub().codec(TensorCodec.into(chosen)).connect(endpointOf(pub)));
    Queue<SocketEvent> events = events(sub);
    TestSubscriber<Published<Tensor>> subscriber =
        TestSubscriber.builder().initialRequest(0).build();
    sub.receive("t").subscribe(subscriber);
    pub.awaitSubscribers("t", 1).block(SOON);
    for (int i = 0; i < 3; i++) {
      pub.publish("t", random(DType.U8, Shape.of(100 + i), 1)).block(SOON);
    }
    await("three came").atMost(SOON).until(() -> sub.metrics().undelivered() == 3);
    subscriber.request(10);
    await("two are tensors").atMost(SOON).until(() -> subscriber.getReceivedOnNext().size() == 2);
    assertThat(awaitEvent(events, SocketEvent.Undecodable.class).cause())
        .hasMessageContaining("not this one");
    List<Tensor> got = subscriber.getReceivedOnNext().stream().map(Published::value).toList();
    for (int i = 0; i < 2; i++) {
      Tensor expected = random(DType.U8, Shape.of(100 + 2 * i), 1);
      assertSame(got.get(i), expected);
      assertThat(got.get(i).segments().get(0).memoryAddress())
          .isEqualTo(own.memoryAddress() + 2000 * i);
      expected.release();
      got.get(i).release();
    }
    own.release();
  }

  // ---- sets

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSetOfTensorsIsOneMessage(boolean asReceived) {
    Codec<NamedTensors> codec = asReceived ? TensorCodec.namedAsReceived() : TensorCodec.named();
    RepSocket rep =
        open(Zmq.rep().codec(codec).handle(Mono::just).maxMessageSize(0).bind(endpoint()));
    ReqSocket<NamedTensors, NamedTensors> req =
        open(Zmq.req().codec(codec).maxMessageSize(0).connect(endpointOf(rep)));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("wide", random(DType.BF16, Shape.of(3, 600_000), 3));
    tensors.put("empty", random(DType.F64, Shape.of(0, 4), 1));
    tensors.put("bias", random(DType.F16, Shape.of(9), 1));
    tensors.put("ein Name mit Ümläuten", random(DType.U8, Shape.of(FRAME + 1), 1));
    NamedTensors set = NamedTensors.of(tensors, Map.of("format", "pt"));
    for (int i = 0; i < 3; i++) {
      NamedTensors reply = req.request(set.retain()).block(SOON);
      assertThat(reply.names()).containsExactlyElementsOf(set.names());
      assertThat(reply.metadata()).isEqualTo(set.metadata());
      tensors.forEach((name, tensor) -> assertSame(reply.get(name), tensor));
      reply.release();
    }
    set.release();
    NamedTensors none = NamedTensors.of(Map.of());
    NamedTensors empty = req.request(none).block(SOON);
    assertThat(empty.size()).isZero();
    empty.release();
  }

  // ---- X4

  /** X4: shape x item size != bytes is rejected before user code sees it. */
  @ParameterizedTest
  @ValueSource(ints = {12, 3 * FRAME})
  void aShapeThatDoesNotFitItsBytesIsRejected(int bytes) {
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.tensors()).bind(endpoint()));
    PushSocket<Message> push = open(Zmq.push().connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    Queue<SocketEvent> events = events(pull);
    Tensor tensor =
        Tensor.of(DType.F32, Shape.of(bytes / 4), Unpooled.wrappedBuffer(new byte[bytes]));
    ByteBuf header = TensorHeader.of(tensor, 1);
    push.send(Message.of(header, Unpooled.wrappedBuffer(new byte[bytes + 4]))).block(SOON);
    SocketEvent.Undecodable event = awaitEvent(events, SocketEvent.Undecodable.class);
    assertThat(event.cause())
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(bytes + " bytes, " + (bytes + 4) + " come");
    push.send(TensorCodec.tensors().encode(tensor, allocator)).block(SOON);
    awaitSize(received, 1);
    Tensor got = received.remove();
    assertThat(got.shape()).isEqualTo(Shape.of(bytes / 4));
    got.release();
    assertThat(pull.metrics().undecodable()).isOne();
    closeClean(push);
    closeClean(pull);
  }

  @Test
  void whatIsNoTensorIsAFailureOfItsRequestAlone() {
    AtomicInteger handled = new AtomicInteger();
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(TensorCodec.tensors())
                .exposeErrors(true)
                .handle(
                    tensor -> {
                      handled.incrementAndGet();
                      return Mono.just(tensor);
                    })
                .bind(endpoint()));
    ReqSocket<Message, Message> req =
        open(Zmq.req().codec(Codec.message()).connect(endpointOf(rep)));
    StepVerifier.create(req.request(Message.of("no header at all", "data")))
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.code()).isEqualTo(RemoteException.Code.CODEC)))
        .verify(SOON);
    byte[] large = new byte[3 * MIB];
    StepVerifier.create(req.request(Message.of(new byte[40], large))).expectError().verify(SOON);
    assertThat(handled).hasValue(0);
  }

  // ---- X5

  /**
   * X5: 20 MiB and 3 GiB tensors pass. There is memory for one segment of the larger one, which is
   * compared when the next one begins.
   */
  @Timeout(180)
  @ParameterizedTest
  @ValueSource(longs = {20L * MIB, 3072L * MIB})
  void largeTensorsPass(long bytes) {
    int segmentBytes = (int) Math.min(bytes, 384 * MIB);
    // one block again and again; segments begin anywhere in it, so a byte in a wrong place shows
    ByteBuffer block = ByteBuffer.allocateDirect(16 * MIB - 4);
    while (block.hasRemaining()) {
      block.putInt(block.position() * 0x9E3779B1);
    }
    List<List<ByteBuffer>> sent = new ArrayList<>();
    long at = 0;
    while (at < bytes) {
      List<ByteBuffer> pieces = new ArrayList<>();
      for (int left = segmentBytes; left > 0; ) {
        int from = (int) (at % block.capacity());
        int piece = Math.min(left, block.capacity() - from);
        pieces.add(block.slice(from, piece));
        at += piece;
        left -= piece;
      }
      sent.add(pieces);
    }
    ByteBuffer memory = ByteBuffer.allocateDirect(segmentBytes);
    List<String> compared = new ArrayList<>();
    TensorAllocator chosen =
        (tensor, offset, length) -> {
          if (offset > 0) {
            compared.add(mismatch(memory, sent.get((int) (offset / segmentBytes) - 1)));
          }
          return Unpooled.wrappedBuffer(memory).clear();
        };
    PullSocket<Tensor> pull =
        open(Zmq.pull().codec(TensorCodec.into(chosen)).maxMessageSize(0).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    ByteBuf[] segments =
        sent.stream()
            .map(pieces -> Unpooled.wrappedBuffer(pieces.size(), pieces.toArray(ByteBuffer[]::new)))
            .toArray(ByteBuf[]::new);
    push.send(Tensor.of(DType.F32, Shape.of(bytes / 4), segments)).block(SOON.multipliedBy(8));
    awaitSize(received, 1);
    Tensor got = received.remove();
    assertThat(got.shape()).isEqualTo(Shape.of(bytes / 4));
    assertThat(got.segments()).hasSize(segments.length);
    compared.add(mismatch(memory, sent.get(segments.length - 1)));
    assertThat(compared).hasSize(segments.length).containsOnly("equal");
    got.release();
  }

  private static String mismatch(ByteBuffer memory, List<ByteBuffer> pieces) {
    int at = 0;
    for (ByteBuffer piece : pieces) {
      int differs = memory.slice(at, piece.remaining()).mismatch(piece);
      if (differs >= 0) {
        return "differs at " + (at + differs);
      }
      at += piece.remaining();
    }
    return at == memory.capacity() ? "equal" : "only " + at + " compared";
  }

  // ---- X6

  /** X6: The source buffer may be reused after the completion signal, and is not read after it. */
  @ParameterizedTest
  @ValueSource(ints = {100, 1024, FRAME, 5 * MIB})
  void theSourceIsFreeWhenTheSendCompletes(int bytes) {
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.tensors()).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    AtomicInteger released = new AtomicInteger();
    Queue<Integer> readers = new ConcurrentLinkedQueue<>();
    Queue<Tensor> held = new ConcurrentLinkedQueue<>();
    Queue<byte[]> received = new ConcurrentLinkedQueue<>();
    pull.receive()
        .subscribe(
            got -> {
              if (isCopied()) {
                held.add(got); // it stays what it is, whatever becomes of its source
              } else {
                received.add(bytes(got));
                got.release(); // it is the source, which is waited for
              }
            });
    ByteBuf memory = allocator.directBuffer(bytes);
    for (int round = 0; round < 20; round++) {
      byte[] marks = new byte[bytes];
      Arrays.fill(marks, (byte) round);
      memory.clear().writeBytes(marks);
      Tensor tensor =
          Tensor.wrap(
              DType.U8,
              Shape.of(bytes),
              List.of(memory.retain()),
              () -> {
                released.incrementAndGet();
                readers.add(memory.refCnt() - 1);
              });
      push.send(tensor).block(SOON);
      assertThat(released).as("whoever lent the memory knows by then").hasValue(round + 1);
      assertThat(memory.refCnt()).isOne();
    }
    assertThat(readers).as("nobody reads it when that is told").containsOnly(0);
    memory.setZero(0, bytes);
    memory.release();
    if (isCopied()) {
      awaitSize(held, 20);
      held.forEach(got -> received.add(bytes(got)));
      held.forEach(Tensor::release);
    }
    awaitSize(received, 20);
    for (int round = 0; round < 20; round++) {
      byte[] expected = new byte[bytes];
      Arrays.fill(expected, (byte) round);
      assertThat(received.remove()).isEqualTo(expected);
    }
  }

  /** Whether what is received is in other memory than what was sent. */
  boolean isCopied() {
    return true;
  }

  // ---- X8

  /** X8: A tensor as the reply in REQ/REP. */
  @ParameterizedTest
  @ValueSource(ints = {0, 10, FRAME / 4, 5_000_000})
  void aTensorIsTheReply(int elements) {
    Tensor tensor = random(DType.F32, Shape.of(elements), 1);
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.utf8(), TensorCodec.tensors())
                .handle(name -> Mono.fromSupplier(tensor::retain))
                .bind(endpoint()));
    ReqSocket<String, Tensor> req =
        open(Zmq.req().codec(Codec.utf8(), TensorCodec.tensors()).connect(endpointOf(rep)));
    List<Tensor> replies =
        Flux.range(0, 8).flatMap(i -> req.request("tensor " + i)).collectList().block(SOON);
    assertThat(replies).hasSize(8);
    for (Tensor each : replies) {
      assertSame(each, tensor);
      each.release();
    }
    closeClean(req);
    closeClean(rep);
    tensor.release();
  }

  // ---- memory of the user's choice

  @Test
  void tensorsAreReceivedIntoMemoryOfChoice() {
    ByteBuf own = PooledByteBufAllocator.DEFAULT.directBuffer(4 * MIB);
    List<String> asked = new ArrayList<>();
    TensorAllocator chosen =
        (tensor, offset, bytes) -> {
          asked.add(tensor + " at " + offset);
          return own.retainedSlice((int) offset, bytes).clear();
        };
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.into(chosen)).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    for (Shape shape : List.of(Shape.of(3), Shape.of(2, 1000), Shape.of(900_000))) {
      Tensor tensor = random(DType.F32, shape, 2);
      push.send(tensor.retain()).block(SOON);
      awaitSize(received, 1);
      Tensor got = received.remove();
      assertSame(got, tensor);
      assertThat(got.segments().get(0).memoryAddress()).isEqualTo(own.memoryAddress());
      got.release();
      tensor.release();
    }
    assertThat(asked)
        .containsExactly(
            "F32 [3] at 0",
            "F32 [3] at 4",
            "F32 [2, 1000] at 0",
            "F32 [2, 1000] at 4000",
            "F32 [900000] at 0",
            "F32 [900000] at 1800000");
    closeClean(push);
    closeClean(pull);
    assertThat(own.refCnt()).isOne();
    own.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 600_000})
  void anAllocatorThatFailsRefusesTheMessageAlone(int elements) {
    AtomicInteger calls = new AtomicInteger();
    TensorAllocator failing =
        (tensor, offset, bytes) -> {
          if (calls.getAndIncrement() == 0) {
            throw new IllegalStateException("nothing left");
          }
          return allocator.directBuffer(bytes);
        };
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.into(failing)).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    Queue<SocketEvent> events = events(pull);
    Tensor tensor = random(DType.F32, Shape.of(elements), 1);
    push.send(tensor.retain()).block(SOON);
    assertThat(awaitEvent(events, SocketEvent.Undecodable.class).cause())
        .hasMessageContaining("nothing left");
    push.send(tensor.retain()).block(SOON);
    awaitSize(received, 1);
    Tensor got = received.remove();
    assertSame(got, tensor);
    got.release();
    tensor.release();
    assertThat(pull.peers()).hasSize(1);
  }

  @Test
  void tensorsAreReceivedIntoFiles(@TempDir Path directory) throws IOException {
    TensorAllocator mapped =
        TensorAllocator.mapped(tensor -> directory.resolve("of-" + tensor.bytes()));
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.into(mapped)).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    for (int elements : new int[] {3, 1_000_000}) {
      Tensor tensor = random(DType.F32, Shape.of(elements), 2);
      push.send(tensor.retain()).block(SOON);
      awaitSize(received, 1);
      Tensor got = received.remove();
      assertSame(got, tensor);
      got.release();
      assertThat(Files.readAllBytes(directory.resolve("of-" + 4 * elements)))
          .isEqualTo(bytes(tensor));
      tensor.release();
    }
    Queue<SocketEvent> events = events(pull);
    push.send(random(DType.I32, Shape.of(3), 1)).block(SOON);
    assertThat(awaitEvent(events, SocketEvent.Undecodable.class).cause())
        .as("the file is there")
        .hasStackTraceContaining("FileAlreadyExistsException");
  }

  @Test
  void theMemoryOfAReleasedTensorIsUsedAgain() {
    TensorAllocator pool = TensorAllocator.pooled(16 * MIB);
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.into(pool)).bind(endpoint()));
    PushSocket<Tensor> push =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    Queue<Tensor> received = collect(pull);
    Set<Long> addresses = new HashSet<>();
    for (int elements = 900_000; elements < 900_010; elements++) {
      Tensor tensor = random(DType.F32, Shape.of(elements), 1);
      push.send(tensor.retain()).block(SOON);
      awaitSize(received, 1);
      Tensor got = received.remove();
      assertSame(got, tensor);
      addresses.add(got.segments().get(0).memoryAddress());
      got.release();
      tensor.release();
    }
    assertThat(addresses).hasSize(1);
  }

  /** Half a tensor is nobody's: its memory goes back, and the next one comes. */
  @ParameterizedTest
  @ValueSource(ints = {3 * MIB, 60 * MIB})
  void aSenderThatDiesHalfWayLeavesNoMemoryBehind(int bytes) {
    Queue<ByteBuf> given = new ConcurrentLinkedQueue<>();
    TensorAllocator chosen =
        (tensor, offset, length) -> {
          ByteBuf memory = PooledByteBufAllocator.DEFAULT.directBuffer(length);
          given.add(memory);
          return memory;
        };
    PullSocket<Tensor> pull = open(Zmq.pull().codec(TensorCodec.into(chosen)).bind(endpoint()));
    Queue<Tensor> received = collect(pull);
    for (int round = 0; round < 5; round++) {
      PushSocket<Tensor> dying =
          open(
              Zmq.push()
                  .codec(TensorCodec.tensors())
                  .linger(Duration.ZERO)
                  .connect(endpointOf(pull)));
      int before = given.size();
      Tensor tensor = random(DType.U8, Shape.of(bytes), 1);
      dying.send(tensor.retain()).onErrorComplete().subscribe();
      await("it has begun").atMost(SOON).until(() -> given.size() > before);
      dying.dispose();
      awaitPeers(pull, 0);
      tensor.release();
    }
    await("all memory is given back")
        .atMost(SOON)
        .until(
            () -> {
              for (Tensor whole; (whole = received.poll()) != null; ) {
                whole.release(); // it had come before its sender was gone
              }
              return given.stream().allMatch(memory -> memory.refCnt() == 0);
            });
    PushSocket<Tensor> next =
        open(Zmq.push().codec(TensorCodec.tensors()).connect(endpointOf(pull)));
    next.send(random(DType.U8, Shape.of(bytes), 1)).subscribe();
    awaitSize(received, 1);
    received.remove().release();
  }
}
