package io.reactorzmq.internal.wire;

import io.reactorzmq.error.HandshakeException;

/**
 * The socket type that a Hello names. Only the other half of the same pattern is accepted as a
 * peer.
 */
public enum Role {
  REQ(1),
  REP(2),
  PUB(3),
  SUB(4),
  PUSH(5),
  PULL(6),
  PAIR(7);

  private static final Role[] ALL = values();

  private final byte code;

  Role(int code) {
    this.code = (byte) code;
  }

  /**
   * The role on the wire.
   *
   * @return 1 to 7
   */
  public byte code() {
    return code;
  }

  /**
   * Whether sockets of the two types talk to each other.
   *
   * @param other the peer's type
   * @return true for REQ and REP, PUB and SUB, PUSH and PULL, PAIR and PAIR
   */
  public boolean pairsWith(Role other) {
    return other == counterpart();
  }

  /**
   * The type that this one talks to.
   *
   * @return the other half of the pattern
   */
  public Role counterpart() {
    return switch (this) {
      case REQ -> REP;
      case REP -> REQ;
      case PUB -> SUB;
      case SUB -> PUB;
      case PUSH -> PULL;
      case PULL -> PUSH;
      case PAIR -> PAIR;
    };
  }

  /**
   * The role of a code.
   *
   * @param code as read from the wire
   * @return the role
   * @throws HandshakeException if no role of this version has the code
   */
  public static Role of(int code) {
    if (code < 1 || code > ALL.length) {
      throw new HandshakeException(
          "the peer is of socket type " + code + ", this side knows 1 to " + ALL.length);
    }
    return ALL[code - 1];
  }
}
