package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.SocketTest;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/**
 * How often the bytes of a tensor are copied over TCP: counted, by allocators of which each side
 * has its own. All memory that a copy could go to comes from them.
 */
class ZeroCopyTest extends SocketTest {

  private static final int FRAME = 4 * 65_160 - 9;
  private static final int MIB = 1024 * 1024;
  private static final int TENSORS = 20;

  /** What may be copied for each frame: RSocket's header, ours, the part table, the tensor's. */
  private static final int HEADERS = 600;

  /** What is read together with what came before it, once in a burst; see ReadBuffers. */
  private static final int READ_BUFFER = 128 * 1024;

  private final CountingAllocator sender = new CountingAllocator();
  private final CountingAllocator receiver = new CountingAllocator();
  private ZmqResources sending;
  private ZmqResources receiving;

  @BeforeEach
  void open() {
    sending = ZmqResources.builder().eventLoops(1).allocator(sender).build();
    receiving = ZmqResources.builder().eventLoops(1).allocator(receiver).build();
  }

  @AfterEach
  void close() {
    sending.disposeLater().block(SOON);
    receiving.disposeLater().block(SOON);
  }

  private static Tensor random(int bytes) {
    ByteBuffer memory = ByteBuffer.allocateDirect(bytes);
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    memory.put(content).flip();
    return Tensor.of(DType.U8, Shape.of(bytes), memory);
  }

  /** Pushes a tensor some times and waits for each, so that every one begins a burst. */
  private void push(Codec<Tensor> codec, Tensor tensor) {
    PullSocket<Tensor> pull =
        Zmq.pull().codec(codec).resources(receiving).bind("tcp://127.0.0.1:0").openNow();
    PushSocket<Tensor> push =
        Zmq.push()
            .codec(TensorCodec.tensors())
            .resources(sending)
            .connect(endpointOf(pull))
            .openNow();
    Queue<Tensor> received = collect(pull);
    awaitPeers(push, 1);
    push.send(tensor.retain()).block(SOON);
    awaitSize(received, 1);
    received.remove().release();
    sender.reset();
    receiver.reset();
    for (int i = 0; i < TENSORS; i++) {
      push.send(tensor.retain()).block(SOON);
      awaitSize(received, 1);
      Tensor got = received.remove();
      assertThat(got).isEqualTo(tensor);
      got.release();
    }
  }

  /** Memory of 8 MiB and more is made on another thread, while a window of frames comes. */
  private static long whileMemoryIsMade(int bytes) {
    return bytes < 8 * MIB ? 0 : 4 * FRAME;
  }

  private static long frames(int bytes) {
    return bytes / (FRAME - 2048) + 1;
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1024, 1025, 5000, FRAME - 60, FRAME - 1, FRAME, FRAME + 1, FRAME + 1000, 5 * MIB + 3})
  void theSenderCopiesNothingOfATensor(int bytes) {
    Tensor tensor = random(bytes);
    push(TensorCodec.tensors(), tensor);
    assertThat(sender.copiedBytes.get()).isLessThan(TENSORS * frames(bytes) * HEADERS);
    tensor.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 200_000, FRAME - 200})
  void theReceiverCopiesNothingOfATensorWithinAFrame(int bytes) {
    Tensor tensor = random(bytes);
    push(TensorCodec.tensors(), tensor);
    assertThat(receiver.copiedBytes.get()).isLessThan(TENSORS * (long) (READ_BUFFER + HEADERS));
    assertThat(receiver.largest.get()).isLessThan(FRAME + HEADERS);
    tensor.release();
  }

  /**
   * The beginning and the end of a large tensor, which share their frames with something else, and
   * what was read together with what came before, are copied to their place; all else is received
   * there. How often something small comes before depends on chance, but is seldom.
   */
  @ParameterizedTest
  @ValueSource(ints = {FRAME + 1, 2 * MIB, 20 * MIB})
  void theReceiverCopiesLittleOfALargeTensor(int bytes) {
    Tensor tensor = random(bytes);
    push(TensorCodec.tensors(), tensor);
    long ends = 2 * FRAME + READ_BUFFER + whileMemoryIsMade(bytes) + bytes / 4;
    assertThat(receiver.copiedBytes.get())
        .isBetween((long) TENSORS * FRAME, TENSORS * (ends + frames(bytes) * HEADERS));
    assertThat(receiver.largest.get()).as("allocated once, as large as it is").isEqualTo(bytes);
    tensor.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {2 * MIB, 20 * MIB})
  void whatStaysInItsFramesIsNotCopiedAtAll(int bytes) {
    Tensor tensor = random(bytes);
    push(TensorCodec.asReceived(), tensor);
    assertThat(receiver.copiedBytes.get())
        .isLessThan(TENSORS * (READ_BUFFER + bytes / 4 + frames(bytes) * HEADERS));
    assertThat(receiver.largest.get()).isLessThan(FRAME + HEADERS);
    tensor.release();
  }

  @Test
  void littleOfALargeRequestAndItsReplyIsCopied() {
    int bytes = 20 * MIB;
    Tensor tensor = random(bytes);
    RepSocket rep =
        Zmq.rep()
            .codec(TensorCodec.tensors())
            .handle(Mono::just)
            .resources(receiving)
            .bind("tcp://127.0.0.1:0")
            .openNow();
    ReqSocket<Tensor, Tensor> req =
        Zmq.req()
            .codec(TensorCodec.tensors())
            .resources(sending)
            .connect(endpointOf(rep))
            .openNow();
    for (int i = 0; i < 3; i++) {
      sender.reset();
      receiver.reset();
      Tensor reply = req.request(tensor.retain()).block(SOON);
      assertThat(reply).isEqualTo(tensor);
      reply.release();
      long ends = 2 * FRAME + READ_BUFFER + whileMemoryIsMade(bytes) + bytes / 4;
      assertThat(receiver.copiedBytes.get()).as("the request").isLessThan(ends);
      assertThat(sender.copiedBytes.get()).as("the reply").isLessThan(ends);
    }
    tensor.release();
  }

  @Test
  void whileMemoryIsMadeOthersGoOnAndNoMoreThanAWindowComes() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch made = new CountDownLatch(1);
    TensorAllocator slow =
        (tensor, offset, bytes) -> {
          if (bytes > MIB) {
            called.countDown();
            try {
              made.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          return receiver.directBuffer(bytes, bytes);
        };
    RepSocket rep =
        Zmq.rep()
            .codec(TensorCodec.into(slow), TensorCodec.tensors())
            .handle(Mono::just)
            .resources(receiving)
            .bind("tcp://127.0.0.1:0")
            .openNow();
    ReqSocket<Tensor, Tensor> req =
        Zmq.req()
            .codec(TensorCodec.tensors())
            .resources(sending)
            .connect(endpointOf(rep))
            .openNow();
    Tensor large = random(40 * MIB);
    CompletableFuture<Tensor> answer = req.request(large.retain()).toFuture();
    called.await();
    for (int i = 0; i < 50; i++) {
      Tensor small = req.request(Tensor.of(new int[] {i})).block(SOON);
      assertThat(small.toInts()).containsExactly(i);
      small.release();
    }
    assertThat(answer).isNotDone();
    assertThat(receiver.allocatedBytes.get()).isLessThan(6 * MIB);
    made.countDown();
    Tensor got = answer.join();
    assertThat(got).isEqualTo(large);
    got.release();
    large.release();
  }
}
