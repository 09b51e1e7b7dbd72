package io.reactorzmq.rdma.internal;

/**
 * The headers of the active messages between two ends of a connection, little-endian. Every message
 * begins with the key that its receiver gave the connection, which nobody else knows, and with how
 * much the sender has consumed.
 *
 * <pre>
 * header  = u64 key, u32 consumed, rest
 * frame   = u32 sequence, the frame's first bytes         ; the others are the message's data
 * control = u8 op, fields
 * OPEN    = u32 magic, u8 version, u64 key, u32 window    ; to key 0, asks for a reply endpoint
 * ACCEPT  = u32 magic, u8 version, u64 key, u32 window
 * REFUSE  = text
 * ACK, FIN, BYE have no fields
 * </pre>
 */
final class AmHeader {

  /** Ids of active messages. */
  static final int FRAME = 0;

  static final int CONTROL = 1;

  static final int KEY = 0;
  static final int CONSUMED = 8;
  static final int SEQUENCE = 12;
  static final int HEAD = 16;
  static final int OP = 12;
  static final int CONTROL_BYTES = 13;

  static final int MAGIC = CONTROL_BYTES;
  static final int VERSION = 17;
  static final int SENDER_KEY = 18;
  static final int WINDOW = 26;
  static final int OPENING_BYTES = 30;

  static final int MAGIC_VALUE = 0x51_4D_5A_52; // "RZMQ"
  static final int VERSION_VALUE = 1;

  static final int OPEN = 1;
  static final int ACCEPT = 2;
  static final int REFUSE = 3;
  static final int ACK = 4;
  static final int FIN = 5;
  static final int BYE = 6;

  /** Of a frame, so much may stand in the header. */
  static final int MAX_HEAD = 240;

  static final int MAX_BYTES = HEAD + MAX_HEAD;

  private AmHeader() {}
}
