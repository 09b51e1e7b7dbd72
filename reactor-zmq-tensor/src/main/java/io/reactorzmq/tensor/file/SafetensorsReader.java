package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the JSON header of a {@code .safetensors} file. As strict as the format's description: no
 * key twice, no unknown key, and the data of all tensors together is all data, none of it twice.
 */
final class SafetensorsReader {

  private static final int MAX_MESSAGE = 200;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxStringLength(SafetensorsHeader.MAX_BYTES)
                  .build())
          .build();

  private final JsonParser parser;
  private final Place place;

  private SafetensorsReader(JsonParser parser, Place place) {
    this.parser = parser;
    this.place = place;
  }

  /**
   * The header.
   *
   * @param json begins with a brace
   * @param dataBytes how many bytes the file has behind the header
   */
  static SafetensorsHeader read(InputStream json, long dataBytes, Place place) throws IOException {
    // a decoder that is made so refuses what is malformed
    InputStreamReader text = new InputStreamReader(json, StandardCharsets.UTF_8.newDecoder());
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
      SafetensorsHeader header = new SafetensorsReader(parser, place).header();
      requireGapless(header.regions(), dataBytes, place);
      return header;
    } catch (JacksonIOException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        throw place.fault("has a header that is no UTF-8");
      }
      throw e.getCause();
    } catch (JacksonException e) {
      String message = String.valueOf(e.getOriginalMessage());
      throw place.fault(
          "has a header that is no such JSON, at %d: %s"
              .formatted(
                  e.getLocation() == null ? 0 : e.getLocation().getCharOffset(),
                  message.substring(0, Math.min(MAX_MESSAGE, message.length()))));
    }
  }

  private SafetensorsHeader header() throws TensorFileException {
    Map<String, Mappings.Region> regions = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    require(parser.nextToken(), JsonToken.START_OBJECT, "the header");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals(SafetensorsHeader.METADATA)) {
        require(value, JsonToken.START_OBJECT, name);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = Names.require(parser.currentName(), place);
          require(parser.nextToken(), JsonToken.VALUE_STRING, name + "." + key);
          metadata.put(key, Names.requireUnicode(parser.getString(), "metadata text", place));
        }
      } else {
        require(value, JsonToken.START_OBJECT, name);
        regions.put(Names.require(name, place), region(place.in("tensor " + Place.quote(name))));
      }
    }
    if (parser.nextToken() != null) {
      throw place.fault("has something behind the JSON of its header");
    }
    return new SafetensorsHeader(regions, metadata);
  }

  private Mappings.Region region(Place tensor) throws TensorFileException {
    @Nullable DType dtype = null;
    long @Nullable [] dims = null;
    long @Nullable [] offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (key) {
        case "dtype" -> {
          require(value, JsonToken.VALUE_STRING, key);
          dtype = dtype(parser.getString(), tensor);
        }
        case "shape" -> dims = numbers(value, key, Shape.MAX_RANK, tensor);
        case "data_offsets" -> offsets = numbers(value, key, 2, tensor);
        default -> throw tensor.fault("has the unknown key " + Place.quote(key));
      }
    }
    if (dtype == null || dims == null || offsets == null || offsets.length != 2) {
      throw tensor.fault("needs a dtype, a shape and two data_offsets");
    }
    Shape shape;
    long bytes;
    try {
      shape = Shape.of(dims);
      bytes = shape.bytes(dtype);
    } catch (IllegalArgumentException e) {
      throw tensor.fault(String.valueOf(e.getMessage()));
    }
    // both are 0 or more, so the difference does not overflow
    if (offsets[1] - offsets[0] != bytes) {
      throw tensor.fault(
          "has data from %d to %d, but %s %s takes %d bytes"
              .formatted(offsets[0], offsets[1], dtype, shape, bytes));
    }
    return new Mappings.Region(dtype, shape, offsets[0]);
  }

  /** The format's names are those of {@link DType}, but it has no C128. */
  private static DType dtype(String name, Place tensor) throws TensorFileException {
    List<DType> known = new ArrayList<>(List.of(DType.values()));
    known.remove(DType.C128);
    for (DType each : known) {
      if (each.name().equals(name)) {
        return each;
      }
    }
    throw tensor.fault("has elements of type %s, known are %s".formatted(Place.quote(name), known));
  }

  private long[] numbers(JsonToken value, String key, int most, Place tensor)
      throws TensorFileException {
    require(value, JsonToken.START_ARRAY, key);
    long[] numbers = new long[2];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == most) {
        throw tensor.fault("has more than %d numbers in its %s".formatted(most, key));
      }
      boolean fits =
          parser.currentToken() == JsonToken.VALUE_NUMBER_INT
              && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              && parser.getLongValue() >= 0;
      if (!fits) {
        throw tensor.fault(
            "has %s in its %s, where an integer from 0 to 2^63 - 1 belongs"
                .formatted(Place.quote(parser.getString()), key));
      }
      numbers = count == numbers.length ? Arrays.copyOf(numbers, 2 * count) : numbers;
      numbers[count++] = parser.getLongValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private void require(JsonToken found, JsonToken wanted, String what) throws TensorFileException {
    if (found != wanted) {
      throw place.fault(
          "has in its header %s that is no %s"
              .formatted(
                  Place.quote(what),
                  switch (wanted) {
                    case START_OBJECT -> "object";
                    case START_ARRAY -> "array";
                    default -> "string";
                  }));
    }
  }

  private static void requireGapless(
      Map<String, Mappings.Region> regions, long dataBytes, Place place)
      throws TensorFileException {
    List<Map.Entry<String, Mappings.Region>> byOffset = new ArrayList<>(regions.entrySet());
    byOffset.sort(
        Map.Entry.comparingByValue(
            Comparator.comparingLong(Mappings.Region::offset)
                .thenComparingLong(Mappings.Region::end)));
    long end = 0;
    for (Map.Entry<String, Mappings.Region> each : byOffset) {
      if (each.getValue().offset() != end) {
        throw place
            .in("tensor " + Place.quote(each.getKey()))
            .fault(
                "has data from %d on, where %d is next: no holes, nothing twice"
                    .formatted(each.getValue().offset(), end));
      }
      end = each.getValue().end();
    }
    if (end != dataBytes) {
      throw place.fault("has %d bytes of data, but tensors of %d".formatted(dataBytes, end));
    }
  }
}
