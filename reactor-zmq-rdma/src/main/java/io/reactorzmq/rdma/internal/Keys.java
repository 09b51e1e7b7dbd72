package io.reactorzmq.rdma.internal;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keys of connections, which only their two ends know: who could guess one could send frames into
 * another's connection. Derived from a secret, so that an event loop need not wait for randomness.
 */
final class Keys {

  private static final byte[] SECRET = new SecureRandom().generateSeed(32);
  private static final AtomicLong COUNT = new AtomicLong();

  private Keys() {}

  /** A key that was never given before; not zero. */
  static long next() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(SECRET);
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, COUNT.incrementAndGet()));
      long key = ByteBuffer.wrap(digest.digest()).getLong();
      return key == 0 ? next() : key;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
