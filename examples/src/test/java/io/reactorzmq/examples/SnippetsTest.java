package io.reactorzmq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.PubSocket;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.error.RemoteException.Code;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.examples.Snippets.Order;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.JsonCodec;
import io.reactorzmq.message.Message;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import io.reactorzmq.tensor.file.SafetensorsFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.StepVerifier;

/** What the documents print compiles, word for word, and does what they say. */
@Timeout(20)
class SnippetsTest {

  private static final Map<String, String> REGIONS =
      Documents.regions(
          Documents.read("src/main/java/io/reactorzmq/examples/Snippets.java")
              + Documents.read("src/main/java/io/reactorzmq/examples/TensorSnippets.java"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../README.md",
        "../docs/operations.md",
        "../docs/rationale.md",
        "../docs/tensors.md"
      })
  void everyJavaBlockIsACompiledSnippet(String document) {
    for (Documents.Block block : Documents.javaBlocks(Documents.read(document))) {
      assertThat(REGIONS).as(block.text()).containsKey(block.tag());
      assertThat(block.text()).as(block.tag()).isEqualTo(REGIONS.get(block.tag()));
    }
  }

  @Test
  void everySnippetIsPrinted() {
    assertThat(Documents.javaBlocks(Documents.read("../README.md")))
        .extracting(Documents.Block::tag)
        .containsExactlyInAnyOrderElementsOf(REGIONS.keySet());
  }

  @Test
  void aBlockWithoutATagIsNoticed() {
    assertThat(Documents.javaBlocks("text\n```java\nint i;\n```\n"))
        .containsExactly(new Documents.Block("", "int i;\n"));
  }

  @Test
  void askingGoesToTheNextAfterATransientFailure() {
    List<String> asked = new CopyOnWriteArrayList<>();
    RepSocket busy =
        Zmq.rep()
            .codec(Codec.utf8())
            .handle(
                city -> {
                  asked.add(city);
                  return Mono.error(new RemoteException(Code.HANDLER, true, "busy"));
                })
            .bind("inproc://busy")
            .openNow();
    RepSocket idle =
        Zmq.rep()
            .codec(Codec.utf8())
            .handle(city -> Mono.just(city + ": snow"))
            .bind("inproc://idle")
            .openNow();
    ReqSocket<String, String> req =
        Zmq.req().codec(Codec.utf8()).connect("inproc://busy").connect("inproc://idle").openNow();
    req.events().ofType(SocketEvent.Connected.class).take(2).blockLast();

    do { // connected is not yet ready: the first ones may all go to the idle one
      assertThat(Snippets.asking(req).block()).isEqualTo("Oslo: snow");
    } while (asked.isEmpty());
    assertThat(asked).allMatch("Oslo"::equals);
    req.disposeLater().then(busy.disposeLater()).then(idle.disposeLater()).block();
  }

  @Test
  void answering() {
    RepSocket rep =
        Snippets.answering(id -> "7".equals(id) ? Mono.just(new Order(7, "tea")) : Mono.empty());
    ReqSocket<String, Order> req =
        Zmq.req()
            .codec(Codec.utf8(), JsonCodec.of(Order.class))
            .connect("inproc://orders-by-id")
            .openNow();

    assertThat(req.request("7").block()).isEqualTo(new Order(7, "tea"));
    StepVerifier.create(req.request("8"))
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .isInstanceOf(RemoteException.class)
                    .hasMessage("no order 8")
                    .matches(other -> !ZmqException.isTransient(other)))
        .verify();
    req.disposeLater().then(rep.disposeLater()).block();
  }

  @Test
  void tensors() {
    ByteBuffer memory = ByteBuffer.allocateDirect(32 * 768 * 4);
    memory.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(767, 1.5f);
    List<Float> seen = new ArrayList<>();
    TensorSnippets.tensors(memory, floats -> seen.add(floats.get(767)));
    assertThat(seen).containsExactly(1.5f);
  }

  @Test
  void tensorsInPooledMemoryFromAHandlerAndAFile(@TempDir Path directory) throws IOException {
    ExecutorService workers = Executors.newSingleThreadExecutor();
    RepSocket rep =
        TensorSnippets.handler(request -> Tensor.of(new long[] {request.elements()}), workers)
            .bind("inproc://sizes")
            .openNow();
    ReqSocket<Tensor, Tensor> req =
        Zmq.req().codec(TensorCodec.tensors()).connect("inproc://sizes").openNow();
    Tensor size = req.request(Tensor.of(new int[12], 3, 4)).blockOptional().orElseThrow();
    assertThat(size.toLongs()).containsExactly(12);
    size.release();
    req.disposeLater().then(rep.disposeLater()).block();
    workers.shutdown();

    PushSocket<Tensor> push =
        Zmq.push().codec(TensorCodec.tensors()).bind("inproc://pooled").openNow();
    PullSocket<Tensor> pull = TensorSnippets.memory("inproc://pooled");
    CompletableFuture<Tensor> received = pull.receive().next().toFuture();
    push.send(Tensor.of(new double[] {1, 2})).block();
    assertThat(received.join().toDoubles()).containsExactly(1, 2);
    received.join().release();
    push.disposeLater().then(pull.disposeLater()).block();

    Path weights = directory.resolve("w.safetensors");
    SafetensorsFile.write(weights, NamedTensors.of(Map.of("w", Tensor.of(new float[] {7}))));
    PullSocket<NamedTensors> named =
        Zmq.pull().codec(TensorCodec.named()).bind("inproc://weights").openNow();
    CompletableFuture<NamedTensors> got = named.receive().next().toFuture();
    TensorSnippets.files(weights, Zmq.push().codec(TensorCodec.named()).connect("inproc://weights"))
        .block();
    assertThat(got.join().get("w").toFloats()).containsExactly(7);
    got.join().release();
    named.disposeLater().block();
  }

  @Test
  void publishingAndSubscribing() {
    PubSocket<String> pub = Zmq.pub().codec(Codec.utf8()).bind("inproc://prices").openNow();
    CompletableFuture<List<String>> prices =
        Snippets.subscribing("inproc://prices").take(4).collectList().toFuture();
    pub.awaitSubscribers("price.ACME", 1).block();

    assertThat(Snippets.publishing(pub, Flux.just("1", "2"))).isEqualTo(EmitResult.OK);
    assertThat(prices.join()).containsExactly("12.50", "12.50", "1", "2");
    pub.disposeLater().block();
  }

  @Test
  void pair() {
    assertThat(Snippets.pair()).isEqualTo("Tea? Yes.");
  }

  @Test
  void json() {
    assertThat(Snippets.json()).isEqualTo(new Order(1, "tea"));
  }

  @Test
  void multipart() {
    List<String> bodies = new ArrayList<>();
    Snippets.multipart(part -> bodies.add(part.toString(StandardCharsets.UTF_8)));
    assertThat(bodies).containsExactly("body");
  }

  @Test
  void resources() {
    Snippets.resources();
  }

  @Test
  void template() {
    assertThat(Snippets.template())
        .allSatisfy(socket -> assertThat(socket.disposeLater().block().isClean()).isTrue());
  }

  @Test
  void aWorkerEndsWithItsJobs() {
    PushSocket<String> source =
        Zmq.push().codec(Codec.utf8()).bind("inproc://worker-jobs").openNow();
    PullSocket<String> sink =
        Zmq.pull().codec(Codec.utf8()).bind("inproc://worker-results").openNow();
    List<Mono<CloseReport>> workAndLeave =
        Snippets.worker("inproc://worker-jobs", "inproc://worker-results");
    Mono<CloseReport> work = workAndLeave.get(0).cache();
    work.subscribe();
    source.sendAll(Flux.just("a", "b")).subscribe();

    StepVerifier.create(sink.receive())
        .expectNext("A", "B")
        .then(() -> workAndLeave.get(1).subscribe())
        .then(() -> assertThat(work.block().isClean()).isTrue())
        .then(sink::dispose)
        .verifyComplete();
    source.disposeLater().block();
  }

  @Test
  void sendingRetryingWrappingAndRunTimeEndpoints() {
    PullSocket<Message> pull = Zmq.pull().bind("inproc://all-ways").openNow();
    CompletableFuture<List<Message>> received = pull.receive().collectList().toFuture();
    PushSocket<String> texts =
        Zmq.push().codec(Codec.utf8()).connect("inproc://all-ways").openNow();

    texts.send("first").block();
    assertThat(Snippets.sending(texts, Flux.just("a", "b"))).isEqualTo(EmitResult.OK);
    Snippets.blockingSource(texts, new BufferedReader(new StringReader("x\ny\n"))).block();

    PushSocket<Order> orders =
        Zmq.push().codec(JsonCodec.of(Order.class)).connect("inproc://all-ways").openNow();
    Snippets.retry(orders, new Order(1, "tea")).block();

    PushSocket<Message> messages = Zmq.push().connect("inproc://all-ways").openNow();
    ByteBuf block = Unpooled.directBuffer().writeZero(100_000);
    List<ByteBuf> pool = new ArrayList<>();
    Snippets.wrap(messages, block, pool::add).block();
    assertThat(pool).containsExactly(block);
    assertThat(block.refCnt()).as("ours again").isOne();
    block.release();

    List<String> log = new ArrayList<>();
    Snippets.events(texts, log::add);
    assertThat(log).containsExactly("0 queued, 1 peers");
    Snippets.closing(texts, log::add);
    assertThat(log).as("closed clean").hasSize(1);
    assertThat(texts.metrics().sent()).isEqualTo(1 + 4 + 2);
    orders.disposeLater().then(messages.disposeLater()).then(pull.disposeLater()).block();
    assertThat(received.join())
        .extracting(message -> message.size() > 100 ? "large" : message.text(0))
        .containsSubsequence("first", "tea", "tea", "a", "b", "x", "y")
        .contains("{\"id\":1,\"item\":\"tea\"}", "large");

    PullSocket<String> unbound = Zmq.pull().codec(Codec.utf8()).openNow();
    assertThat(Snippets.runtime(unbound).port()).isPositive();
    assertThat(unbound.endpoints()).isEmpty();
    unbound.disposeLater().block();
  }
}
