package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * One part of UTF-8 JSON, by Jackson 3: add {@code tools.jackson.core:jackson-databind} to use it.
 *
 * <p>The declared type alone decides what is written and read; classes named inside a message are
 * never loaded unless a mapper of yours says so. Jackson's own limits (nesting, length of a text or
 * number) apply and are changed at the mapper.
 *
 * <p>Ownership: values are ordinary objects; the messages behind them are released by the library.
 *
 * <p>Errors: a value that Jackson cannot write, a message that does not have exactly one part, JSON
 * that is malformed, of another type, {@code null} or followed by anything: each is a {@link
 * CodecException} that names the type and the place, never the content. What Jackson says of it is
 * the cause.
 *
 * @param <T> the values
 */
public final class JsonCodec<T> implements Codec<T> {

  private final String type;
  private final ObjectReader reader;
  private final ObjectWriter writer;

  private JsonCodec(ObjectMapper mapper, JavaType type) {
    this.type = type.toCanonical();
    // an excerpt of the source would show a buffer that is no longer ours
    this.reader =
        mapper
            .readerFor(type)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .without(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION);
    this.writer = mapper.writerFor(type);
  }

  /**
   * JSON of a class, with Jackson's defaults.
   *
   * @param type what to write and read
   * @param <T> the values
   * @return a codec, thread-safe
   */
  public static <T> JsonCodec<T> of(Class<T> type) {
    return of(JsonMapper.shared(), type);
  }

  /**
   * JSON of a generic type, with Jackson's defaults.
   *
   * @param type what to write and read, for example {@code new TypeReference<List<City>>() {}}
   * @param <T> the values
   * @return a codec, thread-safe
   */
  public static <T> JsonCodec<T> of(TypeReference<T> type) {
    return of(JsonMapper.shared(), type);
  }

  /**
   * JSON of a class, as a mapper of yours writes and reads it.
   *
   * @param mapper for example the {@code JsonMapper} of a Spring application
   * @param type what to write and read
   * @param <T> the values
   * @return a codec, thread-safe
   */
  public static <T> JsonCodec<T> of(ObjectMapper mapper, Class<T> type) {
    return new JsonCodec<>(mapper, mapper.constructType(type));
  }

  /**
   * JSON of a generic type, as a mapper of yours writes and reads it.
   *
   * @param mapper for example the {@code JsonMapper} of a Spring application
   * @param type what to write and read, for example {@code new TypeReference<List<City>>() {}}
   * @param <T> the values
   * @return a codec, thread-safe
   */
  public static <T> JsonCodec<T> of(ObjectMapper mapper, TypeReference<T> type) {
    return new JsonCodec<>(mapper, mapper.constructType(type));
  }

  /**
   * Writes a value as JSON into heap memory.
   *
   * @param value of the codec's type
   * @param allocator not used
   * @return a message whose release is optional
   * @throws CodecException if Jackson cannot write the value
   */
  @Override
  public Message encode(T value, ByteBufAllocator allocator) {
    try {
      return Message.of(Unpooled.wrappedBuffer(writer.writeValueAsBytes(value)));
    } catch (RuntimeException e) {
      throw new CodecException("cannot write " + type + " as JSON: " + reason(e), e);
    }
  }

  /**
   * Reads the JSON in place and releases the message.
   *
   * @param message its only part is one JSON value
   * @return the value
   * @throws CodecException if the message is anything else
   */
  @Override
  public T decode(Message message) {
    try {
      if (message.partCount() != 1) {
        throw new CodecException(
            "a JSON value is one part, this message has " + message.partCount() + " parts");
      }
      T value = read(message.part(0));
      if (value == null) {
        throw new CodecException("cannot read " + type + " from JSON: it is null");
      }
      return value;
    } finally {
      message.release();
    }
  }

  private @Nullable T read(ByteBuf part) {
    try {
      if (part.hasArray()) {
        int start = part.arrayOffset() + part.readerIndex();
        return reader.readValue(part.array(), start, part.readableBytes());
      }
      return reader.readValue((InputStream) new ByteBufInputStream(part));
    } catch (RuntimeException e) {
      throw new CodecException("cannot read " + type + " from JSON: " + reason(e), e);
    }
  }

  /** What kind of failure and where; a Jackson message itself may quote the content. */
  private static String reason(RuntimeException failure) {
    String kind = failure.getClass().getSimpleName();
    TokenStreamLocation at = failure instanceof JacksonException e ? e.getLocation() : null;
    return at == null || at.getLineNr() < 1
        ? kind
        : kind + " at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }
}
