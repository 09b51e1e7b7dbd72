package io.reactorzmq.cli.line;

import io.reactorzmq.error.CodecException;
import java.nio.charset.StandardCharsets;

/** Bytes as hexadecimal digits. Reads either case, writes lower case. */
final class Hex {

  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private Hex() {}

  static byte[] parse(byte[] text) {
    if (text.length % 2 != 0) {
      throw new CodecException(
          "not hexadecimal: two digits make a byte, here are " + text.length + " characters");
    }
    byte[] part = new byte[text.length / 2];
    for (int i = 0; i < part.length; i++) {
      part[i] = (byte) (digit(text, 2 * i) << 4 | digit(text, 2 * i + 1));
    }
    return part;
  }

  private static int digit(byte[] text, int index) {
    int value = Character.digit(text[index], 16);
    if (value < 0) {
      throw new CodecException("not hexadecimal: character " + (index + 1) + " is no digit");
    }
    return value;
  }

  static byte[] print(byte[] part) {
    if (part.length > (Integer.MAX_VALUE - 8) / 2) {
      throw new CodecException(
          "a part of " + part.length + " bytes is too long to write as digits");
    }
    byte[] text = new byte[2 * part.length];
    for (int i = 0; i < part.length; i++) {
      text[2 * i] = DIGITS[part[i] >> 4 & 15];
      text[2 * i + 1] = DIGITS[part[i] & 15];
    }
    return text;
  }
}
