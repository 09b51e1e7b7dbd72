package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.NamedTensors;
import java.nio.charset.StandardCharsets;

/** Names of tensors as files hold them: UTF-8 of a size that {@link NamedTensors} takes. */
final class Names {

  private Names() {}

  /** The name itself. */
  static String require(String name, Place place) throws TensorFileException {
    int bytes = requireUnicode(name, "name", place).getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > NamedTensors.MAX_NAME_BYTES) {
      throw place.fault(
          "has a name of %d bytes, but 1 to %d are allowed: %s"
              .formatted(bytes, NamedTensors.MAX_NAME_BYTES, Place.quote(name)));
    }
    return name;
  }

  /** The text itself, which has no half of a character: nobody could read that again. */
  static String requireUnicode(String text, String what, Place place) throws TensorFileException {
    if (text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw place.fault("has a %s that is no Unicode: %s".formatted(what, Place.quote(text)));
    }
    return text;
  }
}
