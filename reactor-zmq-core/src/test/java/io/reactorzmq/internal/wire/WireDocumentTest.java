package io.reactorzmq.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/wire.md says what the code does: its examples, its codes and its limits. */
class WireDocumentTest {

  private static final Pattern EXAMPLE = Pattern.compile("```hex (\\S+)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern RUN = Pattern.compile("([0-9a-f]{2}) \\* (\\d+)");
  private static final Pattern VARINT = Pattern.compile("\\| (\\d+) \\| `([0-9a-f ]+)` \\|");

  private static final SocketId SOCKET_ID = new SocketId(0x0011223344556677L, 0x8899aabbccddeeffL);

  private static String document = "";
  private static final Map<String, String> examples = new LinkedHashMap<>();

  private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false, true);
  private final Holder holder = new Holder();

  @BeforeAll
  static void read() throws IOException {
    document = Files.readString(Path.of("..", "docs", "wire.md"));
    Matcher matcher = EXAMPLE.matcher(document);
    while (matcher.find()) {
      String digits = matcher.group(2).replaceAll(";.*", "");
      digits = RUN.matcher(digits).replaceAll(run -> run.group(1).repeat(number(run.group(2))));
      examples.put(matcher.group(1), digits.replaceAll("\\s", ""));
    }
  }

  private static int number(String digits) {
    return Integer.parseInt(digits);
  }

  @Test
  void theExamplesAreWhatIsSent() {
    Map<String, String> sent = new LinkedHashMap<>();
    sent.put("hello-push", Bytes.hex(hello(Role.PUSH, "", 0).encode(alloc)));
    sent.put("hello-pair", Bytes.hex(hello(Role.PAIR, "left", 300).encode(alloc)));
    sent.put("open", Bytes.hex(Control.open(alloc, new Limits(250, 262_144, 67_108_864, 0))));
    sent.put("window", Bytes.hex(Control.window(alloc, 2)));
    sent.put("leave", Bytes.hex(Control.leave(alloc)));
    sent.put("end", Bytes.hex(Control.end(alloc)));
    sent.put("data-one", frames(Message.of("hi")).get(0));
    sent.put("data-many", frames(Message.of("a", "", "bcd"), Message.of(""), twoEmpty()).get(0));
    List<String> large = frames(Message.of("a".repeat(20_000)), Message.of("z"));
    sent.put("data-first", large.get(0));
    sent.put("data-last", large.get(1));
    // not sent yet, only read
    sent.put("data-headers", "0204" + "00010161" + "044002abcd010162");
    assertThat(examples).containsExactlyEntriesOf(sent);
  }

  @Test
  void theExamplesAreWhatIsRead() {
    assertThat(Hello.decode(example("hello-push"))).isEqualTo(hello(Role.PUSH, "", 0));
    assertThat(Hello.decode(example("hello-pair"))).isEqualTo(hello(Role.PAIR, "left", 300));
    assertThat(Control.readOpen(example("open")).maxFrameBytes()).isEqualTo(262_144);
    assertThat(Control.readWindow(example("window"))).isEqualTo(2);
    assertThat(texts("data-one")).containsExactly("hi");
    assertThat(texts("data-many")).containsExactly("a||bcd", "", "|");
    assertThat(texts("data-first", "data-last")).containsExactly("a".repeat(20_000), "z");
    assertThat(texts("data-headers")).containsExactly("a", "b");
  }

  @Test
  void theVarints() {
    Matcher matcher = VARINT.matcher(document);
    int rows = 0;
    while (matcher.find()) {
      ByteBuf out = Unpooled.buffer();
      Varint.write(out, Long.parseLong(matcher.group(1)));
      assertThat(Bytes.hex(out)).isEqualTo(matcher.group(2).replace(" ", ""));
      rows++;
    }
    assertThat(rows).isEqualTo(7);
  }

  @Test
  void theCodes() {
    for (Role role : Role.values()) {
      assertThat(document).contains("| " + role.code() + " | " + role + " |");
    }
    for (Kind kind : Kind.values()) {
      assertThat(document).contains("| " + kind.code() + " | " + kind + " |");
    }
    assertThat(document)
        .contains("`" + Hello.MIME + "`")
        .contains("versions** are " + Hello.MAJOR + " and " + Hello.MINOR)
        .contains(String.format("| 0x%02x | CONTINUES |", DataFormat.CONTINUES))
        .contains(String.format("| 0x%02x | CONTINUATION |", DataFormat.CONTINUATION))
        .contains(String.format("| 0x%02x | HEADERS |", DataFormat.HEADERS));
  }

  @Test
  void theLimits() {
    String frames = String.format("%,d to %,d", Limits.MIN_FRAME_BYTES, Limits.MAX_FRAME_BYTES);
    assertThat(document)
        .contains(String.format("| Hello | %,d bytes |", Hello.MAX_BYTES))
        .contains(String.format("| routing id | %,d bytes |", Hello.MAX_ROUTING_ID_BYTES))
        .contains("| DATA payload | maxFrameBytes, which is " + frames + " |")
        .contains(String.format("| parts of a message | %,d |", Message.MAX_PARTS))
        .contains(String.format("| part | %,d bytes |", Integer.MAX_VALUE))
        .contains(String.format("**at least %,d bytes**", DataFormat.MIN_CUT_FRAME_BYTES));
  }

  private static Hello hello(Role role, String routingId, int index) {
    return new Hello(1, 0, role, routingId.getBytes(UTF_8), SOCKET_ID, index, 0);
  }

  private static Message twoEmpty() {
    return Message.of("", "");
  }

  private static ByteBuf example(String name) {
    return Bytes.of(examples.get(name));
  }

  private List<String> frames(Message... messages) {
    FrameWriter writer = new FrameWriter(alloc, new Limits(250, 16_384, 0, 0), 1024);
    List<String> frames = new ArrayList<>();
    for (Message message : messages) {
      while (!writer.append(message, holder)) {
        frames.add(Bytes.hex(writer.finish()));
      }
    }
    frames.add(Bytes.hex(writer.finish()));
    return frames;
  }

  private List<String> texts(String... names) {
    FrameReader<Message> reader = FrameReader.ofMessages(new Limits(250, 16_384, 0, 0));
    List<String> texts = new ArrayList<>();
    for (String name : names) {
      reader.read(
          example(name),
          message -> {
            List<String> parts = new ArrayList<>();
            for (int i = 0; i < message.partCount(); i++) {
              parts.add(message.text(i));
            }
            texts.add(String.join("|", parts));
            message.release();
          });
    }
    return texts;
  }
}
