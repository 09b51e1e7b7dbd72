package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

class JsonCodecTest {

  record City(String name, int people) {}

  record Box(Object content) {}

  record Camel(String firstName) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Circle.class, name = "circle"),
    @JsonSubTypes.Type(value = Square.class, name = "square")
  })
  sealed interface Shape {}

  record Circle(double radius) implements Shape {}

  record Square(double side) implements Shape {}

  private static final String CITY = JsonCodecTest.class.getName() + "$City";
  private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

  private final JsonCodec<City> cities = JsonCodec.of(City.class);

  /** Where the JSON may lie when it arrives. */
  static Stream<Function<byte[], Message>> memories() {
    return Stream.of(
        JsonCodecTest::inside,
        json -> Message.of(json),
        json ->
            Message.over(Unpooled.wrappedBuffer(new byte[3], json, new byte[2]), 3, json.length),
        json -> Message.of(ALLOCATOR.heapBuffer().writeZero(5).writeBytes(json).skipBytes(5)),
        json -> Message.of(Unpooled.wrappedBuffer(json).asReadOnly()),
        JsonCodecTest::inPieces);
  }

  @ParameterizedTest
  @MethodSource("memories")
  void aValueGoesThere(Function<byte[], Message> memory) {
    City city = new City("M\u00FCnchen \uD83D\uDE00", 1_500_000);

    Message sent = cities.encode(city, ALLOCATOR);

    assertThat(sent.partCount()).isOne();
    assertThat(sent.text(0))
        .isEqualTo("{\"name\":\"M\u00FCnchen \uD83D\uDE00\",\"people\":1500000}");
    Message received = memory.apply(sent.bytes(0)).retain();
    assertThat(cities.decode(received)).isEqualTo(city);
    assertThat(received.refCnt()).isOne();
    received.release();
  }

  @ParameterizedTest
  @MethodSource("memories")
  void aLargeValueGoesThere(Function<byte[], Message> memory) {
    JsonCodec<List<City>> codec = JsonCodec.of(new TypeReference<>() {});
    List<City> value = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      value.add(new City("city " + i, i));
    }

    Message sent = codec.encode(value, ALLOCATOR);

    assertThat(sent.size()).isGreaterThan(500_000);
    assertThat(codec.decode(memory.apply(sent.bytes(0)))).isEqualTo(value);
  }

  @Test
  void theTypeMayBeGeneric() {
    JsonCodec<Map<String, List<City>>> codec = JsonCodec.of(new TypeReference<>() {});
    Map<String, List<City>> value = Map.of("de", List.of(new City("Ulm", 1), new City("Bonn", 2)));

    assertThat(codec.decode(inside(codec.encode(value, ALLOCATOR).bytes(0)))).isEqualTo(value);
  }

  @Test
  void aTypeThatNamesItsSubtypesKeepsThem() {
    JsonCodec<Shape> one = JsonCodec.of(Shape.class);
    JsonCodec<List<Shape>> many = JsonCodec.of(new TypeReference<>() {});
    List<Shape> shapes = List.of(new Circle(1), new Square(2));

    Message circle = one.encode(shapes.get(0), ALLOCATOR);
    assertThat(circle.text(0)).isEqualTo("{\"kind\":\"circle\",\"radius\":1.0}");
    assertThat(one.decode(circle)).isEqualTo(shapes.get(0));
    assertThat(many.decode(many.encode(shapes, ALLOCATOR))).isEqualTo(shapes);
  }

  @Test
  void aMapperOfYoursDecidesHow() {
    ObjectMapper mapper =
        JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
    Camel value = new Camel("Ada");

    JsonCodec<Camel> codec = JsonCodec.of(mapper, Camel.class);
    JsonCodec<List<Camel>> list = JsonCodec.of(mapper, new TypeReference<>() {});

    assertThat(codec.encode(value, ALLOCATOR).text(0)).isEqualTo("{\"first_name\":\"Ada\"}");
    assertThat(codec.decode(Message.of("{\"first_name\":\"Ada\"}"))).isEqualTo(value);
    assertThat(list.decode(Message.of("[{\"first_name\":\"Ada\"}]"))).containsExactly(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0000',
      value = {
        "{\"name\":\"Ulm\"          | UnexpectedEndOfInputException",
        "{\"name\":                 | UnexpectedEndOfInputException",
        "{name:\"Ulm\"}             | StreamReadException",
        "nonsense                   | StreamReadException",
        "[]                         | MismatchedInputException",
        "\"Ulm\"                    | MismatchedInputException",
        "{\"people\":\"many\"}      | InvalidFormatException",
        "{\"name\":\"Ulm\",\"people\":1} 7 | MismatchedInputException",
        "{\"name\":\"Ulm\",\"people\":1}{} | MismatchedInputException",
        "{\"name\":\"Ulm\",\"people\":1}]  | StreamReadException",
      })
  void whatIsNotSuchAValueIsRefusedWithKindAndPlace(String json, String kind) {
    ByteBuf buffer = ALLOCATOR.directBuffer();
    buffer.writeCharSequence(json, StandardCharsets.UTF_8);

    CodecException failure =
        catchThrowableOfType(CodecException.class, () -> cities.decode(Message.of(buffer)));

    assertThat(failure)
        .hasMessageMatching(
            Pattern.quote("cannot read " + CITY + " from JSON: " + kind)
                + " at line 1, column [0-9]+")
        .hasCauseInstanceOf(JacksonException.class);
    assertThat(buffer.refCnt()).isZero();
  }

  @Test
  void thePlaceIsThatOfTheValueInItsPart() {
    byte[] json = "{\n \"people\": \"many\"}".getBytes(StandardCharsets.UTF_8);

    assertThat(memories())
        .allSatisfy(
            memory ->
                assertThatThrownBy(() -> cities.decode(memory.apply(json)))
                    .hasMessageEndingWith("InvalidFormatException at line 2, column 12"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n"})
  void nothingIsNoValue(String json) {
    assertThatThrownBy(() -> cities.decode(Message.of(json)))
        .isInstanceOf(CodecException.class)
        .hasMessageStartingWith("cannot read " + CITY + " from JSON: MismatchedInputException");
  }

  @Test
  void spaceAroundAValueIsNothing() {
    assertThat(cities.decode(Message.of("\r\n {\"name\":\"Ulm\",\"people\":1}\n ")))
        .isEqualTo(new City("Ulm", 1));
  }

  @Test
  void nullIsNoValue() {
    ByteBuf buffer = ALLOCATOR.directBuffer();
    buffer.writeCharSequence("null", StandardCharsets.UTF_8);

    assertThatThrownBy(() -> cities.decode(Message.of(buffer)))
        .isInstanceOf(CodecException.class)
        .hasMessage("cannot read " + CITY + " from JSON: it is null")
        .hasNoCause();
    assertThat(buffer.refCnt()).isZero();
    assertThat(JsonCodec.of(new TypeReference<Optional<City>>() {}).decode(Message.of("null")))
        .isEmpty();
  }

  @Test
  void theRestIsRefusedWhateverTheMapperSays() {
    ObjectMapper lax =
        JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    assertThatThrownBy(() -> JsonCodec.of(lax, Integer.class).decode(Message.of("1 2")))
        .isInstanceOf(CodecException.class);
    assertThat(JsonCodec.of(lax, Integer.class).decode(Message.of("1"))).isEqualTo(1);
  }

  @Test
  void noTextOfAFailureShowsThePayload() {
    ObjectMapper talkative =
        JsonMapper.builder().enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();
    Message message = Message.of("{\"name\":\"secret\",\"people\":[}");

    CodecException failure =
        catchThrowableOfType(
            CodecException.class, () -> JsonCodec.of(talkative, City.class).decode(message));

    assertThat(failure.getMessage()).doesNotContain("secret");
    assertThat(failure.getCause()).hasMessageNotContaining("secret");
  }

  @Test
  void nestingIsBounded() {
    JsonCodec<Object> codec = JsonCodec.of(Object.class);

    assertThatThrownBy(() -> codec.decode(Message.of("[".repeat(1_000_000))))
        .isInstanceOf(CodecException.class)
        .hasMessageStartingWith(
            "cannot read java.lang.Object from JSON: StreamConstraintsException");
  }

  @Test
  void aClassNamedInsideAMessageIsOnlyText() {
    String gadget = "{\"content\":[\"javax.swing.JEditorPane\",{\"page\":\"http://x\"}]}";
    String tagged = "{\"content\":{\"@class\":\"" + CITY + "\",\"name\":\"Ulm\",\"people\":1}}";

    assertThat(JsonCodec.of(Box.class).decode(Message.of(gadget)).content())
        .isEqualTo(List.of("javax.swing.JEditorPane", Map.of("page", "http://x")));
    assertThat(JsonCodec.of(Box.class).decode(Message.of(tagged)).content())
        .isEqualTo(Map.of("@class", CITY, "name", "Ulm", "people", 1));
  }

  @Test
  void aValueThatCannotBeWrittenIsRefused() {
    class Broken {
      @SuppressWarnings("unused")
      public String getName() {
        throw new IllegalStateException("secret");
      }
    }
    List<Object> endless = new ArrayList<>();
    endless.add(endless);

    assertThatThrownBy(() -> JsonCodec.of(Broken.class).encode(new Broken(), ALLOCATOR))
        .isInstanceOf(CodecException.class)
        .hasMessageMatching("cannot write .*Broken as JSON: DatabindException")
        .hasRootCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> JsonCodec.of(Object.class).encode(endless, ALLOCATOR))
        .isInstanceOf(CodecException.class)
        .hasMessageStartingWith("cannot write java.lang.Object as JSON: ");
    ObjectMapper strict =
        JsonMapper.builder().enable(SerializationFeature.FAIL_ON_EMPTY_BEANS).build();
    Box empty = new Box(new Object());
    assertThatThrownBy(() -> JsonCodec.of(strict, Box.class).encode(empty, ALLOCATOR))
        .isInstanceOf(CodecException.class)
        .hasMessageMatching("cannot write .*Box as JSON: InvalidDefinitionException");
  }

  @Test
  void aConstructorThatThrowsIsARefusal() {
    record Positive(int value) {
      Positive {
        if (value <= 0) {
          throw new IllegalArgumentException("not positive");
        }
      }
    }
    ByteBuf buffer = ALLOCATOR.directBuffer();
    buffer.writeCharSequence("{\"value\":-1}", StandardCharsets.UTF_8);

    assertThatThrownBy(() -> JsonCodec.of(Positive.class).decode(Message.of(buffer)))
        .isInstanceOf(CodecException.class)
        .hasMessageMatching(
            "cannot read .*Positive from JSON: ValueInstantiationException at line 1, column 12")
        .hasRootCauseMessage("not positive");
    assertThat(buffer.refCnt()).isZero();

    ObjectMapper bare =
        JsonMapper.builder().disable(DeserializationFeature.WRAP_EXCEPTIONS).build();
    assertThatThrownBy(
            () -> JsonCodec.of(bare, Positive.class).decode(Message.of("{\"value\":-1}")))
        .isInstanceOf(CodecException.class)
        .hasRootCauseMessage("not positive");
  }

  private static Message inside(byte[] json) {
    ByteBuf buffer = ALLOCATOR.directBuffer().writeByte('}').writeBytes(json).writeByte(']');
    return Message.over(buffer, 1, json.length);
  }

  private static Message inPieces(byte[] json) {
    CompositeByteBuf composite = ALLOCATOR.compositeBuffer(Integer.MAX_VALUE);
    for (int from = 0; from < json.length; from += 1021) {
      int length = Math.min(1021, json.length - from);
      composite.addComponent(true, ALLOCATOR.directBuffer(length).writeBytes(json, from, length));
    }
    return Message.of(composite);
  }
}
