package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a socket introduces itself, before anything else, in both directions. Two version bytes, then
 * fields of which a later minor version may add more.
 *
 * @param major wire profile; peers of different major versions do not understand each other
 * @param minor what has been added to it
 * @param role the socket type
 * @param routingId 0 to 255 bytes that the user chose
 * @param socketId names the socket
 * @param connectionIndex numbers the dialler's connections; 0 from the side that accepts
 * @param capabilities what this side can do beyond the profile; the bits both sides have set count
 * @param wants another transport that the dialler would rather use
 * @param alternates endpoints of other transports where the acceptor's socket can be dialled as
 *     well
 */
public record Hello(
    int major,
    int minor,
    Role role,
    byte[] routingId,
    SocketId socketId,
    int connectionIndex,
    long capabilities,
    @Nullable Wants wants,
    List<String> alternates) {

  /**
   * A wish of the dialler.
   *
   * @param scheme of the transport's endpoints
   * @param required whether no other transport will do
   */
  public record Wants(String scheme, boolean required) {

    /** Checks the scheme. */
    public Wants {
      if (!SCHEME.matcher(scheme).matches()) {
        throw new IllegalArgumentException("the scheme '" + scheme + "'");
      }
    }
  }

  /** The data MIME type of a SETUP that carries a Hello. */
  public static final String MIME = "application/vnd.reactor-zmq.v1";

  /** The version of this code. */
  public static final int MAJOR = 1;

  /** The version of this code. */
  public static final int MINOR = 1;

  /**
   * The capability of a REQ that makes several connections to a REP, and of a REP that takes them.
   */
  public static final long SEVERAL_CONNECTIONS = 1;

  /** A longer Hello is refused. */
  public static final int MAX_BYTES = 4 * 1024;

  /** A longer routing id is refused. */
  public static final int MAX_ROUTING_ID_BYTES = 255;

  /** A longer scheme is refused. */
  public static final int MAX_SCHEME_BYTES = 32;

  /** More alternates are refused. */
  public static final int MAX_ALTERNATES = 8;

  /** A longer alternate is refused. */
  public static final int MAX_ALTERNATE_BYTES = 255;

  private static final Pattern SCHEME = Pattern.compile("[a-z0-9]{1," + MAX_SCHEME_BYTES + "}");

  private static final int ROLE = Tlv.MUST | 1;
  private static final int SOCKET_ID = Tlv.MUST | 2;
  private static final int CONNECTION_INDEX = 3;
  private static final int ROUTING_ID = 4;
  private static final int CAPABILITIES = 5;
  private static final int PREFERS = 6;
  private static final int REQUIRES = Tlv.MUST | PREFERS;
  private static final int ALTERNATES = 7;
  private static final Set<Integer> FIELDS =
      Set.of(
          ROLE,
          SOCKET_ID,
          CONNECTION_INDEX,
          ROUTING_ID,
          CAPABILITIES,
          PREFERS,
          REQUIRES,
          ALTERNATES);

  /** Checks the lengths and the connection index. */
  public Hello {
    if (routingId.length > MAX_ROUTING_ID_BYTES) {
      throw new IllegalArgumentException(
          "a routing id has at most " + MAX_ROUTING_ID_BYTES + " bytes, not " + routingId.length);
    }
    if (connectionIndex < 0) {
      throw new IllegalArgumentException("connection index " + connectionIndex);
    }
    alternates = List.copyOf(alternates);
    if (alternates.size() > MAX_ALTERNATES) {
      throw new IllegalArgumentException(alternates.size() + " alternates");
    }
    for (String alternate : alternates) {
      int length = alternate.getBytes(StandardCharsets.UTF_8).length;
      if (length == 0 || length > MAX_ALTERNATE_BYTES) {
        throw new IllegalArgumentException("an alternate of " + length + " bytes");
      }
    }
  }

  /** A Hello without wishes and alternates. */
  public Hello(
      int major,
      int minor,
      Role role,
      byte[] routingId,
      SocketId socketId,
      int connectionIndex,
      long capabilities) {
    this(major, minor, role, routingId, socketId, connectionIndex, capabilities, null, List.of());
  }

  /**
   * The first alternate of a transport.
   *
   * @param scheme of the transport's endpoints
   * @return null if there is none
   */
  public @Nullable String alternate(String scheme) {
    return alternates.stream().filter(a -> a.startsWith(scheme + "://")).findFirst().orElse(null);
  }

  /**
   * The bytes of this Hello.
   *
   * @param alloc gives the buffer
   * @return a buffer that the caller owns
   */
  public ByteBuf encode(ByteBufAllocator alloc) {
    ByteBuf out = alloc.buffer(64 + routingId.length);
    out.writeByte(major).writeByte(minor);
    out.writeByte(ROLE).writeByte(1).writeByte(role.code());
    out.writeByte(SOCKET_ID).writeByte(16).writeLong(socketId.high()).writeLong(socketId.low());
    out.writeByte(CONNECTION_INDEX).writeByte(Varint.size(connectionIndex));
    Varint.write(out, connectionIndex);
    if (routingId.length > 0) {
      out.writeByte(ROUTING_ID);
      Varint.write(out, routingId.length);
      out.writeBytes(routingId);
    }
    if (capabilities != 0) {
      out.writeByte(CAPABILITIES).writeByte(8).writeLong(capabilities);
    }
    if (wants != null) {
      writeText(out.writeByte(wants.required ? REQUIRES : PREFERS), wants.scheme);
    }
    if (!alternates.isEmpty()) {
      ByteBuf value = alloc.buffer(64);
      alternates.forEach(alternate -> writeText(value, alternate));
      Varint.write(out.writeByte(ALTERNATES), value.readableBytes());
      out.writeBytes(value);
      value.release();
    }
    return out;
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Varint.write(out, bytes.length);
    out.writeBytes(bytes);
  }

  /**
   * Reads a Hello.
   *
   * @param borrowed exactly one Hello; neither released nor moved
   * @return what it says
   * @throws ProtocolException if it is malformed
   * @throws HandshakeException if it is of another major version or of an unknown socket type
   */
  public static Hello decode(ByteBuf borrowed) {
    int length = borrowed.readableBytes();
    if (length < 2 || length > MAX_BYTES) {
      throw new ProtocolException("a Hello has 2 to " + MAX_BYTES + " bytes, not " + length);
    }
    ByteBuf in = borrowed.slice();
    int major = in.readUnsignedByte();
    int minor = in.readUnsignedByte();
    if (major != MAJOR) {
      throw new HandshakeException(
          "the peer speaks wire profile %d.%d, this side %d.%d"
              .formatted(major, minor, MAJOR, MINOR));
    }
    Map<Integer, ByteBuf> fields = Tlv.read(in, FIELDS);
    Role role = Role.of(fixed(fields, ROLE, 1).readUnsignedByte());
    ByteBuf socketId = fixed(fields, SOCKET_ID, 16);
    return new Hello(
        major,
        minor,
        role,
        routingId(fields),
        new SocketId(socketId.readLong(), socketId.readLong()),
        connectionIndex(fields),
        fields.containsKey(CAPABILITIES) ? fixed(fields, CAPABILITIES, 8).readLong() : 0,
        wants(fields),
        alternates(fields));
  }

  private static ByteBuf fixed(Map<Integer, ByteBuf> fields, int type, int length) {
    ByteBuf value = fields.get(type);
    if (value == null) {
      throw new ProtocolException(Tlv.name(type) + " is missing from the Hello");
    }
    if (value.readableBytes() != length) {
      throw new ProtocolException(
          Tlv.name(type) + " has " + value.readableBytes() + " bytes, it must have " + length);
    }
    return value;
  }

  private static byte[] routingId(Map<Integer, ByteBuf> fields) {
    ByteBuf value = fields.get(ROUTING_ID);
    if (value == null) {
      return new byte[0];
    }
    if (value.readableBytes() > MAX_ROUTING_ID_BYTES) {
      throw new ProtocolException(
          "the routing id has %d bytes, more than %d"
              .formatted(value.readableBytes(), MAX_ROUTING_ID_BYTES));
    }
    return ByteBufUtil.getBytes(value);
  }

  private static int connectionIndex(Map<Integer, ByteBuf> fields) {
    ByteBuf value = fields.get(CONNECTION_INDEX);
    if (value == null) {
      return 0;
    }
    int index = Varint.readInt(value);
    if (value.isReadable()) {
      throw new ProtocolException("bytes follow the connection index within its field");
    }
    return index;
  }

  private static @Nullable Wants wants(Map<Integer, ByteBuf> fields) {
    ByteBuf prefers = fields.get(PREFERS);
    ByteBuf requires = fields.get(REQUIRES);
    if (prefers != null && requires != null) {
      throw new ProtocolException(
          "the Hello has both " + Tlv.name(PREFERS) + " and " + Tlv.name(REQUIRES));
    }
    ByteBuf value = requires == null ? prefers : requires;
    if (value == null) {
      return null;
    }
    int length = value.readableBytes();
    String scheme = length > MAX_SCHEME_BYTES ? "" : value.toString(StandardCharsets.UTF_8);
    if (!SCHEME.matcher(scheme).matches()) {
      throw new ProtocolException(
          "the wanted scheme has %d bytes; it must be 1 to %d lower-case letters and digits"
              .formatted(length, MAX_SCHEME_BYTES));
    }
    return new Wants(scheme, requires != null);
  }

  private static List<String> alternates(Map<Integer, ByteBuf> fields) {
    ByteBuf value = fields.get(ALTERNATES);
    List<String> alternates = new ArrayList<>();
    while (value != null && value.isReadable()) {
      int length = Varint.readInt(value);
      if (length == 0 || length > MAX_ALTERNATE_BYTES || length > value.readableBytes()) {
        throw new ProtocolException(
            "an alternate has %d bytes; it must have 1 to %d and fit its field"
                .formatted(length, MAX_ALTERNATE_BYTES));
      }
      if (alternates.size() == MAX_ALTERNATES) {
        throw new ProtocolException("the Hello names more than " + MAX_ALTERNATES + " alternates");
      }
      alternates.add(value.readCharSequence(length, StandardCharsets.UTF_8).toString());
    }
    return alternates;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hello that
        && major == that.major
        && minor == that.minor
        && role == that.role
        && Arrays.equals(routingId, that.routingId)
        && socketId.equals(that.socketId)
        && connectionIndex == that.connectionIndex
        && capabilities == that.capabilities
        && Objects.equals(wants, that.wants)
        && alternates.equals(that.alternates);
  }

  @Override
  public int hashCode() {
    return Objects.hash(role, socketId, connectionIndex);
  }
}
