package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Lays tensors out as a {@code .safetensors} file. The header has them in the order of their set;
 * their data lies by size of element, largest first, so that each is aligned to it.
 */
final class SafetensorsWriter {

  /** Of the header, and thereby of the data. */
  private static final int ALIGNMENT = 8;

  private static final JsonFactory JSON = new JsonFactory();

  private SafetensorsWriter() {}

  /** The tensors in the order in which their data lies. */
  static List<Map.Entry<String, Tensor>> layout(NamedTensors tensors) {
    List<Map.Entry<String, Tensor>> layout = new ArrayList<>(tensors.asMap().entrySet());
    layout.sort(Comparator.comparingInt(each -> -each.getValue().dtype().itemSize()));
    return layout;
  }

  /** The header as JSON, with spaces behind it that align the data. */
  static byte[] header(NamedTensors tensors, List<Map.Entry<String, Tensor>> layout, Place place)
      throws TensorFileException {
    Map<String, Long> offsets = new HashMap<>();
    long offset = 0;
    for (Map.Entry<String, Tensor> each : layout) {
      offsets.put(each.getKey(), offset);
      offset += each.getValue().bytes();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json =
        JSON.createGenerator(ObjectWriteContext.empty(), bytes, JsonEncoding.UTF8)) {
      json.writeStartObject();
      if (!tensors.metadata().isEmpty()) {
        json.writeName(SafetensorsHeader.METADATA).writeStartObject();
        for (Map.Entry<String, String> each : tensors.metadata().entrySet()) {
          json.writeName(Names.require(each.getKey(), place));
          json.writeString(Names.requireUnicode(each.getValue(), "metadata text", place));
        }
        json.writeEndObject();
      }
      for (Map.Entry<String, Tensor> each : tensors.asMap().entrySet()) {
        write(json, each.getKey(), each.getValue(), offsets.getOrDefault(each.getKey(), 0L), place);
      }
      json.writeEndObject();
    }
    while (bytes.size() % ALIGNMENT != 0) {
      bytes.write(' ');
    }
    if (bytes.size() > SafetensorsHeader.MAX_BYTES) {
      throw place.fault(
          "would have a header of %d bytes, at most %d are allowed"
              .formatted(bytes.size(), SafetensorsHeader.MAX_BYTES));
    }
    return bytes.toByteArray();
  }

  private static void write(
      JsonGenerator json, String name, Tensor tensor, long offset, Place place)
      throws TensorFileException {
    Place where = place.in("tensor " + Place.quote(name));
    if (name.equals(SafetensorsHeader.METADATA)) {
      throw where.fault("has the name that .safetensors keeps for its metadata");
    }
    if (tensor.dtype() == DType.C128) {
      throw where.fault("is of C128, which .safetensors does not have; .npy and .npz do");
    }
    json.writeName(Names.require(name, place)).writeStartObject();
    json.writeName("dtype").writeString(tensor.dtype().name());
    json.writeName("shape").writeStartArray();
    for (long dim : tensor.shape().dims()) {
      json.writeNumber(dim);
    }
    json.writeEndArray().writeName("data_offsets").writeStartArray();
    json.writeNumber(offset).writeNumber(offset + tensor.bytes());
    json.writeEndArray().writeEndObject();
  }
}
