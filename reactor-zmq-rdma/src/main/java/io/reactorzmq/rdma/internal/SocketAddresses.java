package io.reactorzmq.rdma.internal;

import java.lang.foreign.Arena;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Socket addresses as the system's C interface has them: {@code sockaddr_in, sockaddr_in6}. */
final class SocketAddresses {

  private static final int FAMILY_V4 = 2;
  private static final int FAMILY_V6 = 10;
  private static final int BYTES_V4 = 16;
  private static final int BYTES_V6 = 28;

  private SocketAddresses() {}

  static int length(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address ? BYTES_V6 : BYTES_V4;
  }

  static long encode(InetSocketAddress address, Arena arena) {
    byte[] bytes = address.getAddress().getAddress();
    boolean v6 = bytes.length == 16;
    long at = arena.allocate(length(address), 8).address();
    int family = v6 ? FAMILY_V6 : FAMILY_V4;
    Memory.putByte(at, family);
    Memory.putByte(at + 1, 0);
    Memory.putByte(at + 2, address.getPort() >>> 8);
    Memory.putByte(at + 3, address.getPort());
    Memory.putBytes(bytes, 0, at + (v6 ? 8 : 4), bytes.length);
    if (address.getAddress() instanceof Inet6Address six) {
      Memory.putInt(at + 24, six.getScopeId());
    }
    return at;
  }

  static InetSocketAddress decode(long at) {
    boolean v6 = Memory.getByte(at) == FAMILY_V6;
    byte[] bytes = new byte[v6 ? 16 : 4];
    Memory.getBytes(at + (v6 ? 8 : 4), bytes, bytes.length);
    int port = (Memory.getByte(at + 2) & 0xFF) << 8 | Memory.getByte(at + 3) & 0xFF;
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
