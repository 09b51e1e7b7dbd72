package io.reactorzmq.cli.line;

import io.reactorzmq.error.CodecException;
import java.util.Arrays;
import java.util.Locale;

/**
 * How a part of a message is written in a line. Whatever the format, a line is a message, and a tab
 * separates its parts.
 */
public enum Format {
  /** The bytes as they are. */
  TEXT {
    @Override
    byte[] parse(byte[] text) {
      return text;
    }

    @Override
    byte[] print(byte[] part) {
      return part;
    }
  },

  /** One JSON document, checked and not changed, but for the line breaks between its tokens. */
  JSON {
    @Override
    byte[] parse(byte[] text) {
      Json.check(text);
      return text;
    }

    @Override
    byte[] print(byte[] part) {
      Json.check(part);
      return Json.onOneLine(part);
    }

    @Override
    byte[] printTopic(byte[] topic) {
      return Json.onOneLine(topic);
    }
  },

  /** Two hexadecimal digits per byte. */
  HEX {
    @Override
    byte[] parse(byte[] text) {
      return Hex.parse(text);
    }

    @Override
    byte[] print(byte[] part) {
      return Hex.print(part);
    }

    @Override
    byte[] parseTopic(byte[] text) {
      return Hex.parse(text);
    }

    @Override
    byte[] printTopic(byte[] topic) {
      return Hex.print(topic);
    }
  };

  /**
   * What a piece of a line means.
   *
   * @throws CodecException if it is not of this format
   */
  abstract byte[] parse(byte[] text);

  /**
   * What is written for a part.
   *
   * @throws CodecException if it cannot be written in this format
   */
  abstract byte[] print(byte[] part);

  /**
   * What the beginning of a line means that is a topic. It is text, whatever the message is.
   *
   * @throws CodecException if it is not of this format
   */
  byte[] parseTopic(byte[] text) {
    return text;
  }

  /** What is written for a topic. */
  byte[] printTopic(byte[] topic) {
    return topic;
  }

  /**
   * Finds a format by its name.
   *
   * @param name as {@link #toString()} writes it, in any case
   * @return the format
   * @throws IllegalArgumentException with a sentence that names all formats
   */
  public static Format of(String name) {
    return Arrays.stream(values())
        .filter(format -> format.toString().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("'" + name + "' is not one of text, json and hex"));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
