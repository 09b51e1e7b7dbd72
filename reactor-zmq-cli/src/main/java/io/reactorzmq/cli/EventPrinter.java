package io.reactorzmq.cli;

import io.reactorzmq.error.OverflowException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.AlternateUnavailable;
import io.reactorzmq.event.SocketEvent.Bound;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.Dropped;
import io.reactorzmq.event.SocketEvent.Gap;
import io.reactorzmq.event.SocketEvent.GaveUp;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.event.SocketEvent.Subscribed;
import io.reactorzmq.event.SocketEvent.Unbound;
import io.reactorzmq.event.SocketEvent.Undecodable;
import io.reactorzmq.event.SocketEvent.Unsubscribed;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes sentences of a socket's events. Unless it is verbose only of what went wrong, and then each
 * sentence once, because what fails is often tried again.
 */
final class EventPrinter implements Consumer<SocketEvent> {

  private static final int MAX_SENTENCES = 100;

  /** Earlier ones are usual where the two sides are started at the same time. */
  private static final int WORTH_TELLING = 4;

  private final boolean verbose;
  private final boolean tellPorts;
  private final Consumer<String> sentences;
  private final Set<String> said = new HashSet<>();
  private boolean saidOverflow;

  EventPrinter(SocketOptions options, Consumer<String> sentences) {
    this.verbose = options.verbose();
    this.tellPorts = options.hasOpenPort();
    this.sentences = sentences;
  }

  @Override
  public void accept(SocketEvent event) {
    String sentence = verbose ? any(event) : problem(event);
    if (sentence != null && (verbose || said.size() < MAX_SENTENCES && said.add(sentence))) {
      sentences.accept(sentence);
    }
  }

  private @Nullable String problem(SocketEvent event) {
    boolean isProblem =
        event instanceof HandshakeFailed
            || event instanceof Undecodable
            || event instanceof Dropped dropped && isNews(dropped)
            || event instanceof GaveUp
            || event instanceof AlternateUnavailable
            || event instanceof Retrying retrying && retrying.attempt() == WORTH_TELLING
            || event instanceof Disconnected gone && gone.cause() != null
            || event instanceof Bound && tellPorts;
    return isProblem ? any(event) : null;
  }

  /** Of messages that a PUB drops as it was told to, the first one; the sum comes at the end. */
  private boolean isNews(Dropped dropped) {
    if (!(dropped.cause() instanceof OverflowException)) {
      return true;
    }
    boolean first = !saidOverflow;
    saidOverflow = true;
    return first;
  }

  private static @Nullable String any(SocketEvent event) {
    if (event instanceof Bound bound) {
      return "bound to " + bound.endpoint();
    } else if (event instanceof Unbound unbound) {
      return "no longer bound to " + unbound.endpoint();
    } else if (event instanceof Connected connected) {
      return peer(connected.peer()) + " is here" + by(connected.peer());
    } else if (event instanceof Disconnected gone) {
      return peer(gone.peer()) + gone(gone.cause(), gone.unconfirmed());
    } else if (event instanceof HandshakeFailed failed) {
      return "no peer at " + failed.endpoint() + ": " + Failures.sentence(failed.cause());
    } else if (event instanceof Retrying retrying) {
      return "trying " + retrying.endpoint() + ": " + Failures.sentence(retrying.cause());
    } else if (event instanceof AlternateUnavailable without) {
      return without.endpoint()
          + " goes without "
          + without.scheme()
          + ": "
          + Failures.sentence(without.cause());
    } else if (event instanceof GaveUp gaveUp) {
      return "gave up " + gaveUp.endpoint() + ": " + Failures.sentence(gaveUp.cause());
    } else if (event instanceof Undecodable message) {
      return "skipped a message of "
          + peer(message.peer())
          + ": "
          + Failures.sentence(message.cause());
    } else if (event instanceof Dropped dropped) {
      return "dropped a message: " + Failures.sentence(dropped.cause());
    }
    return subscription(event);
  }

  private static @Nullable String subscription(SocketEvent event) {
    if (event instanceof Subscribed subscribed) {
      PeerInfo peer = subscribed.peer();
      return peer(peer)
          + (isSub(peer) ? " has subscribed to " : " has our subscription to ")
          + topics(subscribed.prefix());
    } else if (event instanceof Unsubscribed unsubscribed) {
      return peer(unsubscribed.peer())
          + " has given up its subscription to "
          + topics(unsubscribed.prefix());
    } else if (event instanceof Gap gap) {
      // a SUB tells of it in front of the line that it is a gap before
      return isSub(gap.peer()) ? peer(gap.peer()) + " missed " + gap.missed() : null;
    }
    return event.toString();
  }

  /** What carries the connection, if it is not what the endpoint says. */
  private static String by(PeerInfo peer) {
    return peer.transport().equals(peer.endpoint().scheme()) ? "" : " by " + peer.transport();
  }

  private static boolean isSub(PeerInfo peer) {
    return peer.type().equals("SUB");
  }

  private static String topics(String prefix) {
    return prefix.isEmpty() ? "everything" : "'" + prefix + "'";
  }

  private static String gone(@Nullable Throwable cause, long unconfirmed) {
    return (cause == null ? " left" : " is lost: " + Failures.sentence(cause))
        + (unconfirmed == 0 ? "" : "; sent to it but not known to be consumed: " + unconfirmed);
  }

  private static String peer(PeerInfo peer) {
    String name = peer.routingId().isEmpty() ? "" : " '" + peer.routingId() + "'";
    String address = peer.remoteAddress(); // an address without a name may begin with a slash
    return peer.type() + name + " " + address.substring(address.indexOf('/') + 1);
  }
}
