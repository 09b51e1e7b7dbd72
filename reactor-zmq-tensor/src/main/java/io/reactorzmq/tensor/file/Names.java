package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.NamedTensors;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Names of tensors as files hold them: UTF-8 of a size that {@link NamedTensors} takes. */
final class Names {

  private Names() {}

  /** The name itself. */
  static String require(String name, Place place) throws TensorFileException {
    int bytes;
    try {
      bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name)).remaining();
    } catch (CharacterCodingException e) {
      throw place.fault("has a name that is no Unicode: " + Place.quote(name));
    }
    if (bytes == 0 || bytes > NamedTensors.MAX_NAME_BYTES) {
      throw place.fault(
          "has a name of %d bytes, but 1 to %d are allowed: %s"
              .formatted(bytes, NamedTensors.MAX_NAME_BYTES, Place.quote(name)));
    }
    return name;
  }
}
