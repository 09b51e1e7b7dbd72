package io.reactorzmq;

import io.reactorzmq.internal.peer.SocketConfig;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;

/**
 * The front door: one factory method per socket type, each starting a spec. A spec is described
 * with {@code codec}, {@code bind}, {@code connect} and options, and opened with {@code open()} or
 * {@code openNow()}.
 *
 * <pre>{@code
 * PushSocket<String> push = Zmq.push().codec(Codec.utf8()).connect("tcp://worker:5557").openNow();
 * PullSocket<String> pull = Zmq.pull().codec(Codec.utf8()).bind("tcp://*:5557").openNow();
 * }</pre>
 *
 * <p>Who binds and who connects is independent of the type: either side may do either, in any
 * order.
 */
public final class Zmq {

  private Zmq() {}

  /**
   * Sends requests to its peers in rotation and waits for the reply to each, any number at a time.
   * Peers are REP sockets. ZeroMQ RFC 28.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static ReqSpec<Message, Message> req() {
    return new ReqSpec<>(new SocketConfig(Role.REQ), Codec.message(), Codec.message());
  }

  /**
   * Answers the requests of its peers with a handler. Peers are REQ sockets. ZeroMQ RFC 28.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static RepSpec<Message, Message> rep() {
    return new RepSpec<>(new SocketConfig(Role.REP), Codec.message(), Codec.message(), null);
  }

  /**
   * Sends each message to every peer that has subscribed to its topic. Peers are SUB sockets.
   * ZeroMQ RFC 29.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static PubSpec<Message> pub() {
    return new PubSpec<>(new SocketConfig(Role.PUB), Codec.message());
  }

  /**
   * Subscribes to topics at all its peers. Peers are PUB sockets. ZeroMQ RFC 29.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static SubSpec<Message> sub() {
    return new SubSpec<>(new SocketConfig(Role.SUB), Codec.message());
  }

  /**
   * Sends each value to one of its peers, in strict rotation among those with room. Peers are PULL
   * sockets. ZeroMQ RFC 30.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static PushSpec<Message> push() {
    return new PushSpec<>(new SocketConfig(Role.PUSH), Codec.message());
  }

  /**
   * Receives from all its peers in turn. Peers are PUSH sockets. ZeroMQ RFC 30.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static PullSpec<Message> pull() {
    return new PullSpec<>(new SocketConfig(Role.PULL), Codec.message());
  }

  /**
   * Sends to and receives from exactly one other PAIR socket. ZeroMQ RFC 31.
   *
   * @return a spec with the defaults, carrying whole messages until {@code codec} is called
   */
  public static PairSpec<Message> pair() {
    return new PairSpec<>(new SocketConfig(Role.PAIR), Codec.message());
  }
}
