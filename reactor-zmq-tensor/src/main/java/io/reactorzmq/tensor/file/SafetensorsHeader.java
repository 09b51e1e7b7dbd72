package io.reactorzmq.tensor.file;

import java.util.Map;

/**
 * What a {@code .safetensors} file says of its tensors.
 *
 * @param regions where the data of each lies, from the beginning of all data on
 * @param metadata texts about all of them
 */
record SafetensorsHeader(Map<String, Mappings.Region> regions, Map<String, String> metadata) {

  /** As many as the reference implementation reads. */
  static final int MAX_BYTES = 100_000_000;

  /** The key of the metadata, which no tensor can have for a name. */
  static final String METADATA = "__metadata__";
}
