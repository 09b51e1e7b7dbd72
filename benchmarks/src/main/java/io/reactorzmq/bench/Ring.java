package io.reactorzmq.bench;

import java.util.Arrays;

/**
 * The messages that every sender sends in rotation, so that a receiver can tell a lost, repeated or
 * broken one. They never change; the first and the last byte of each are its place in the rotation.
 */
final class Ring {

  private static final int SMALL = 4096;
  private static final int MANY = 256;
  private static final int FEW = 16;

  private final byte[][] messages;

  /**
   * Makes the messages.
   *
   * @param size bytes of each
   */
  Ring(int size) {
    messages = new byte[length(size)][size];
    for (int i = 0; i < messages.length; i++) {
      Arrays.fill(messages[i], (byte) '.');
      messages[i][0] = (byte) i;
      messages[i][size - 1] = (byte) i;
    }
  }

  /** How many messages of a size there are: enough not to be one hot array, at most 16 MiB. */
  static int length(int size) {
    return size <= SMALL ? MANY : FEW;
  }

  /** How many messages there are. */
  int length() {
    return messages.length;
  }

  /** The message of a number, counted from 0 without end. */
  byte[] get(long number) {
    return messages[(int) (number & (messages.length - 1))];
  }
}
