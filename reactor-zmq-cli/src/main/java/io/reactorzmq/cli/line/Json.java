package io.reactorzmq.cli.line;

import io.reactorzmq.error.CodecException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Checks that bytes are exactly one JSON document. Nothing is read into objects, so numbers keep
 * their digits and objects the order of their members.
 */
final class Json {

  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();

  private Json() {}

  static void check(byte[] document) {
    // RFC 8259 wants UTF-8; the parser would take a zero for a sign of UTF-16 or UTF-32
    for (byte b : document) {
      if (b == 0) {
        throw new CodecException("not JSON: it contains a zero byte");
      }
    }
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), document)) {
      if (parser.nextToken() == null) {
        throw new CodecException("not JSON: it is empty");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new CodecException("not JSON: something follows the document");
      }
    } catch (JacksonException e) {
      throw new CodecException("not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Outside its strings, where these bytes cannot be, a document may contain them as space. */
  static byte[] onOneLine(byte[] document) {
    byte[] line = document.clone();
    for (int i = 0; i < line.length; i++) {
      if (line[i] == '\n' || line[i] == '\r' || line[i] == '\t') {
        line[i] = ' ';
      }
    }
    return line;
  }
}
