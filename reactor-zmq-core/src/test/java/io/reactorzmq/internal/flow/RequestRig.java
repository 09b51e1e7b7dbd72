package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Aside;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

// Past 300 lines because a rig plays both ends of a request and keeps book of what they hold.

/**
 * REQs and REPs without a network, on one event loop that a test turns by hand: what one says is
 * what the other hears a task later. Handlers answer when the test says so.
 */
final class RequestRig {

  static final int FRAME = Limits.MIN_FRAME_BYTES;
  static final int BULK = 4 * FRAME;

  final ManualLoop loop = new ManualLoop();
  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final List<Line> lines = new ArrayList<>();
  private final List<RequestFlow<Message, Message>> requesters = new ArrayList<>();

  /** What a socket is to its flow. */
  final class Host implements FlowHost {
    final ReceiveBudget budget;
    final List<Throwable> dropped = new ArrayList<>();
    final List<SocketEvent> events = new ArrayList<>();
    final List<String> undecodable = new ArrayList<>();
    Scheduler callbacks;
    Executor onLoop = Runnable::run;
    int moved;

    Host(long budgetBytes) {
      budget =
          new ReceiveBudget(
              loop,
              budgetBytes,
              Duration.ofSeconds(5),
              Duration.ofSeconds(90),
              loop.ticker()::nanoTime);
    }

    @Override
    public EventExecutor loop() {
      return loop;
    }

    @Override
    public Executor onLoop() {
      return onLoop;
    }

    @Override
    public void expectMore() {}

    @Override
    public void afterIo(Runnable turn) {
      loop.execute(turn);
    }

    @Override
    public Aside aside() {
      return (work, then) ->
          loop.execute(
              () -> {
                work.run();
                then.run();
              });
    }

    @Override
    public Scheduler callbacks() {
      return callbacks;
    }

    @Override
    public UnpooledByteBufAllocator allocator() {
      return allocator;
    }

    @Override
    public ReceiveBudget budget() {
      return budget;
    }

    @Override
    public void dropped(Throwable cause) {
      dropped.add(cause);
    }

    @Override
    public void undecodable(Object origin, Throwable cause) {
      undecodable.add(((PeerInfo) origin).type() + ": " + cause.getMessage());
    }

    @Override
    public void emit(SocketEvent event) {
      events.add(event);
    }

    @Override
    public void moved() {
      moved++;
    }
  }

  /** One end of a connection. */
  final class End implements PeerLink {
    private final String type;
    final SendCredit credit = new SendCredit();
    final List<Throwable> failures = new ArrayList<>();

    /** The frames sent, by their lengths. */
    final List<Integer> sent = new ArrayList<>();

    final List<Long> cancels = new ArrayList<>();
    final List<Long> fetches = new ArrayList<>();
    final ArrayDeque<ByteBuf> held = new ArrayDeque<>();
    private final ArrayDeque<Runnable> heldWords = new ArrayDeque<>();

    /** Whether the frames that this end sends stay on the way. */
    boolean holding;

    /** Whether what else it says does. */
    boolean mute;

    /** What fetches bring in place of what is announced. */
    Flux<ByteBuf> instead;

    PeerFlow peer;
    End other;
    boolean dead;

    End(String type) {
      this.type = type;
      credit.demanded(SendCredit.INITIAL_DEMAND);
    }

    private void say(Runnable heard) {
      if (mute) {
        heldWords.add(heard);
        return;
      }
      loop.execute(
          () -> {
            if (!other.dead) {
              try {
                heard.run();
              } catch (RuntimeException e) {
                other.fail(e);
              }
            }
          });
    }

    @Override
    public ByteBufAllocator alloc() {
      return allocator;
    }

    @Override
    public SendCredit credit() {
      return credit;
    }

    @Override
    public PeerInfo origin() {
      return new PeerInfo(Endpoint.parse("inproc://rig"), type, "", "id", "rig", "rig");
    }

    @Override
    public void send(ByteBuf frame) {
      if (dead) {
        frame.release();
        return;
      }
      sent.add(frame.readableBytes());
      if (holding) {
        held.add(frame);
      } else {
        pass(frame);
      }
    }

    private void pass(ByteBuf frame) {
      loop.execute(
          () -> {
            if (other.dead) {
              frame.release();
              return;
            }
            try {
              other.peer.read(frame);
            } catch (RuntimeException e) {
              other.fail(e);
            }
          });
    }

    /** Lets go what was held back. */
    void release() {
      holding = false;
      mute = false;
      for (ByteBuf frame; (frame = held.poll()) != null; ) {
        pass(frame);
      }
      for (Runnable word; (word = heldWords.poll()) != null; ) {
        say(word);
      }
    }

    @Override
    public void window(int window, int more) {
      say(
          () -> {
            other.credit.window(window);
            other.credit.demanded(more);
            other.peer.demanded();
          });
    }

    @Override
    public void more(int frames) {
      say(
          () -> {
            other.credit.demanded(frames);
            other.peer.demanded();
          });
    }

    @Override
    public void settled() {
      window(0, 0);
    }

    @Override
    public String key() {
      return "rig";
    }

    @Override
    public void control(ByteBuf payload, Runnable sent) {
      throw new AssertionError("REQ and REP have no other control payloads");
    }

    @Override
    public void cancel(long id) {
      cancels.add(id);
      say(
          () -> {
            ByteBuf payload = Control.cancel(allocator, new long[] {id}, 1);
            try {
              other.peer.control(Kind.CANCEL, payload);
            } finally {
              payload.release();
            }
          });
    }

    @Override
    public Flux<ByteBuf> fetch(long id) {
      fetches.add(id);
      if (instead != null) {
        return instead;
      }
      return Flux.defer(
          () -> {
            Flux<ByteBuf> frames = other.dead ? null : other.peer.fetched(id);
            return frames == null
                ? Flux.error(new IllegalStateException("nothing of this id is announced"))
                : frames;
          });
    }

    @Override
    public void fail(RuntimeException cause) {
      failures.add(cause);
      loop.execute(() -> lines.stream().filter(l -> l.has(this)).forEach(Line::die));
    }
  }

  /** A connection between a REQ and a REP. */
  final class Line {
    final End req = new End("REP");
    final End rep = new End("REQ");
    private final RequestFlow<?, ?> requester;
    long lostByReq;
    long lostByRep;
    boolean dead;

    Line(RequestFlow<?, ?> requester, ReplyFlow<?, ?> replier) {
      this.requester = requester;
      req.other = rep;
      rep.other = req;
      req.peer = requester.join(req);
      rep.peer = replier.join(rep);
      requester.peerArrived();
    }

    boolean has(End end) {
      return end == req || end == rep;
    }

    void open(Limits ofReq, Limits ofRep) {
      req.peer.opened(ofRep);
      rep.peer.opened(ofReq);
      loop.run();
    }

    void die() {
      if (dead) {
        return;
      }
      dead = true;
      req.dead = true;
      rep.dead = true;
      requester.peerLeft();
      lostByReq = req.peer.gone("killed");
      lostByRep = rep.peer.gone("killed");
      discard(req.held);
      discard(rep.held);
      loop.run();
    }
  }

  private static void discard(ArrayDeque<ByteBuf> frames) {
    frames.forEach(ByteBuf::release);
    frames.clear();
  }

  /** What handlers were asked, and their answers by the test. */
  static final class Handler implements Function<Message, Mono<Message>> {
    final List<String> asked = new ArrayList<>();
    final List<String> cancelled = new ArrayList<>();
    private final Map<String, Sinks.One<Message>> open = new HashMap<>();
    boolean echo;

    @Override
    public Mono<Message> apply(Message request) {
      String text = text(request);
      asked.add(text);
      if (echo) {
        return Mono.just(request);
      }
      request.release();
      Sinks.One<Message> answer = Sinks.unsafe().one();
      open.put(text, answer);
      return answer.asMono().doOnCancel(() -> cancelled.add(text));
    }

    void answer(String request) {
      answer(request, Message.of("re:" + request));
    }

    void answer(String request, Message reply) {
      open.get(request).tryEmitValue(reply).orThrow();
    }

    void fail(String request, Throwable cause) {
      open.get(request).tryEmitError(cause).orThrow();
    }

    void end(String request) {
      open.get(request).tryEmitEmpty().orThrow();
    }
  }

  /** One who asks. */
  static final class Asker extends BaseSubscriber<Message> {
    final List<String> heard = new ArrayList<>();
    Throwable failure;

    @Override
    protected void hookOnNext(Message value) {
      heard.add(text(value));
      value.release();
    }

    @Override
    protected void hookOnComplete() {
      heard.add("|");
    }

    @Override
    protected void hookOnError(Throwable cause) {
      failure = cause;
    }
  }

  /** Small messages as they are, of large ones the first character and the length. */
  static String text(Message message) {
    long size = message.size();
    return size <= 100 ? message.text(0) : message.text(0).charAt(0) + "*" + size;
  }

  static Limits limits(int maxInFlight) {
    return new Limits(100, FRAME, 0, maxInFlight);
  }

  Host host() {
    return new Host(1L << 30);
  }

  RequestFlow<Message, Message> requester(Host host) {
    return requester(host, Codec.zeroCopy(), 1000);
  }

  RequestFlow<Message, Message> requester(Host host, Codec<Message> requests, int highWaterMark) {
    RequestFlow<Message, Message> flow =
        new RequestFlow<>(
            host,
            requests,
            Codec.zeroCopy(),
            new SendBounds(highWaterMark, 1L << 40, 1000),
            BULK,
            limits(0),
            4);
    requesters.add(flow);
    return flow;
  }

  /** Flows of one socket, which share its bounds. */
  List<RequestFlow<Message, Message>> team(
      RequestTeam<Message, Message> team, SendBounds bounds, Host... hosts) {
    List<RequestFlow<Message, Message>> flows = new ArrayList<>();
    for (Host host : hosts) {
      flows.add(
          new RequestFlow<>(
              host, Codec.zeroCopy(), Codec.zeroCopy(), bounds, BULK, limits(0), 4, team));
    }
    requesters.addAll(flows);
    return flows;
  }

  ReplyFlow<Message, Message> replier(
      Host host, Handler handler, int concurrency, int maxInFlight, boolean exposeErrors) {
    return new ReplyFlow<>(
        host,
        new ReplyFlow.Service<>(
            Codec.zeroCopy(), Codec.zeroCopy(), handler, concurrency, exposeErrors),
        BULK,
        10L * FRAME,
        limits(maxInFlight),
        4);
  }

  /** A connection over which nothing was said yet. */
  Line line(RequestFlow<?, ?> requester, ReplyFlow<?, ?> replier) {
    Line line = new Line(requester, replier);
    lines.add(line);
    return line;
  }

  Line connect(RequestFlow<?, ?> requester, ReplyFlow<?, ?> replier, int maxInFlight) {
    Line line = line(requester, replier);
    line.open(limits(0), limits(maxInFlight));
    return line;
  }

  Asker ask(RequestFlow<Message, Message> requester, String text) {
    return ask(requester, Message.of(text));
  }

  Asker ask(RequestFlow<Message, Message> requester, Message message) {
    Asker asker = new Asker();
    CoreSubscriber<Message> subscriber = asker;
    requester.request(message).subscribe(subscriber);
    return asker;
  }

  /** Ends everything; nothing may be left. */
  void close() {
    loop.run();
    lines.forEach(Line::die);
    requesters.forEach(RequestFlow::terminate);
    loop.run();
    assertThat(allocator.metric().usedDirectMemory()).as("direct memory").isZero();
    assertThat(allocator.metric().usedHeapMemory()).as("heap memory").isZero();
  }
}
