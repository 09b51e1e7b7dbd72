package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.transport.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import reactor.core.publisher.Flux;

// Past 300 lines because one line has both ends, their credit and what they said.

/** A connection between a PUB and a SUB of a {@link PublishRig}. */
final class PublishRigLine {

  private final PublishRig rig;
  final End pub;
  final End sub;
  private final PublishRig.Sub<?> subscriber;
  private boolean dead;

  PublishRigLine(PublishRig rig, PublishRig.Pub<?> pub, PublishRig.Sub<?> sub, String pubId) {
    this.rig = rig;
    this.subscriber = sub;
    this.pub = new End("SUB", "sub");
    this.sub = new End("PUB", pubId);
    this.pub.other = this.sub;
    this.sub.other = this.pub;
    this.pub.peer = pub.flow.join(this.pub);
    this.sub.peer = sub.flow.join(this.sub);
    pub.flow.peerArrived();
    sub.flow.peerArrived();
  }

  void open() {
    pub.peer.opened(subscriber.limits);
    sub.peer.opened(new Limits(100, PublishRig.FRAME, 0, 0));
    rig.loop.run();
  }

  void die() {
    if (!dead) {
      dead = true;
      pub.end();
      sub.end();
      rig.loop.run();
    }
  }

  /** The SUB's credit stays on the way from now on. */
  void holdCredit() {
    sub.holdingCredit = true;
  }

  /** What was held back goes on. */
  void release() {
    pub.release();
    sub.release();
    rig.loop.run();
  }

  /** Of the credit held back the PUB hears the first so many words. */
  void credit(int words) {
    for (int i = 0; i < words && !sub.heldCredit.isEmpty(); i++) {
      sub.say(sub.heldCredit.remove());
      rig.loop.run();
    }
  }

  /** The PUB hears a payload that no SUB of ours would send. */
  void tellPub(ByteBuf payload) {
    sub.control(payload, () -> {});
    rig.loop.run();
  }

  void subscribe(long id, String prefix) {
    Queue<Subscription> one = new ArrayDeque<>();
    one.add(new Subscription(id, prefix.getBytes(StandardCharsets.UTF_8)));
    tellPub(Subscriptions.subscribe(rig.allocator, one));
  }

  void unsubscribe(long... ids) {
    tellPub(Subscriptions.unsubscribe(rig.allocator, ids, ids.length));
  }

  /** One end of a connection. */
  final class End implements PeerLink {

    private record Word(ByteBuf payload, Runnable sent) {}

    private final String type;
    private final String id;
    final SendCredit credit = new SendCredit();
    final List<Throwable> failures = new ArrayList<>();

    /** The data frames sent, by their lengths. */
    final List<Integer> frames = new ArrayList<>();

    /** The control payloads sent, each by its kind and what it names. */
    final List<String> controls = new ArrayList<>();

    /** Frames of credit given, also while they are held. */
    int given;

    private final ArrayDeque<Word> heldControls = new ArrayDeque<>();
    private final ArrayDeque<Runnable> heldCredit = new ArrayDeque<>();
    private final ArrayDeque<ByteBuf> heldFrames = new ArrayDeque<>();

    /** Whether the other side has no demand for control payloads. */
    boolean holdingControls;

    boolean holdingCredit;

    /** Whether frames stay on the way. */
    boolean holdingFrames;

    /** Runs within the sending of each frame. */
    Runnable whileSending = () -> {};

    boolean dialled = true;
    PeerFlow peer;
    private End other;
    private boolean ended;

    End(String type, String id) {
      this.type = type;
      this.id = id;
      credit.demanded(SendCredit.INITIAL_DEMAND);
    }

    @Override
    public ByteBufAllocator alloc() {
      return rig.allocator;
    }

    @Override
    public SendCredit credit() {
      return credit;
    }

    @Override
    public PeerInfo origin() {
      return new PeerInfo(Endpoint.parse("inproc://" + id), type, "", id, "rig", "rig");
    }

    private void say(Runnable heard) {
      rig.loop.execute(
          () -> {
            if (!other.ended) {
              try {
                heard.run();
              } catch (RuntimeException e) {
                other.fail(e);
              }
            }
          });
    }

    @Override
    public void send(ByteBuf frame) {
      if (ended) {
        frame.release();
        return;
      }
      frames.add(frame.readableBytes());
      if (holdingFrames) {
        heldFrames.add(frame);
      } else {
        pass(frame);
      }
      whileSending.run();
    }

    private void pass(ByteBuf frame) {
      rig.loop.execute(
          () -> {
            if (other.ended) {
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

    @Override
    public String key() {
      return dialled ? origin().endpoint().toString() : origin().socketId();
    }

    @Override
    public void control(ByteBuf payload, Runnable sent) {
      if (ended) {
        payload.release();
      } else if (holdingControls) {
        heldControls.add(new Word(payload, sent));
      } else {
        controls.add(describe(Unpooled.wrappedBuffer(ByteBufUtil.getBytes(payload))));
        rig.loop.execute(
            () -> {
              try {
                if (!other.ended) {
                  other.peer.control(Kind.of(payload), payload);
                }
              } catch (RuntimeException e) {
                other.fail(e);
              } finally {
                payload.release();
              }
            });
        sent.run();
      }
    }

    /** Control payloads that wait for demand. */
    int waitingControls() {
      return heldControls.size();
    }

    /** What was held back goes on, in the loop's next turn. */
    void release() {
      holdingControls = false;
      holdingCredit = false;
      holdingFrames = false;
      for (ByteBuf frame; (frame = heldFrames.poll()) != null; ) {
        pass(frame);
      }
      for (Word word; (word = heldControls.poll()) != null; ) {
        control(word.payload, word.sent);
      }
      for (Runnable word; (word = heldCredit.poll()) != null; ) {
        say(word);
      }
    }

    @Override
    public void window(int window, int more) {
      give(
          more,
          () -> {
            other.credit.window(window);
            other.credit.demanded(more);
            other.peer.demanded();
          });
    }

    @Override
    public void more(int frames) {
      give(
          frames,
          () -> {
            other.credit.demanded(frames);
            other.peer.demanded();
          });
    }

    @Override
    public void settled() {
      window(0, 0);
    }

    private void give(int frames, Runnable heard) {
      given += frames;
      if (holdingCredit) {
        heldCredit.add(heard);
      } else {
        say(heard);
      }
    }

    @Override
    public void cancel(long id) {
      throw new AssertionError("PUB and SUB have no CANCEL");
    }

    @Override
    public Flux<ByteBuf> fetch(long id) {
      throw new AssertionError("PUB and SUB fetch nothing");
    }

    @Override
    public void fail(RuntimeException cause) {
      if (failures.isEmpty() && !ended) {
        failures.add(cause);
        peer.endSending();
        rig.loop.execute(PublishRigLine.this::die);
      }
    }

    private void end() {
      ended = true;
      peer.gone("killed");
      heldFrames.forEach(ByteBuf::release);
      heldFrames.clear();
      heldControls.forEach(word -> word.payload.release());
      heldControls.clear();
    }
  }

  /**
   * For example "SUBSCRIBE 1=a 2=b", "SUBSCRIBED 7: 1 2", "UNSUBSCRIBE 1 2"; many ids by number.
   */
  private static String describe(ByteBuf payload) {
    switch (Kind.of(payload)) {
      case SUBSCRIBE -> {
        if (payload.readableBytes() == 1) {
          return "SUBSCRIBE";
        }
        List<String> all =
            Subscriptions.readSubscribe(payload).stream()
                .map(each -> each.id() + "=" + new String(each.prefix(), StandardCharsets.UTF_8))
                .toList();
        return "SUBSCRIBE " + few(all);
      }
      case SUBSCRIBED -> {
        Subscriptions.Subscribed subscribed = Subscriptions.readSubscribed(payload);
        return "SUBSCRIBED " + subscribed.next() + ": " + ids(subscribed.ids());
      }
      default -> {
        return "UNSUBSCRIBE " + ids(Subscriptions.readUnsubscribe(payload));
      }
    }
  }

  private static String ids(long[] ids) {
    List<String> all = new ArrayList<>();
    for (long id : ids) {
      all.add("" + id);
    }
    return few(all);
  }

  private static String few(List<String> all) {
    return all.size() > 10 ? "*" + all.size() : String.join(" ", all);
  }
}
