package io.reactorzmq.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.internal.flow.PeerLink;
import io.reactorzmq.internal.wire.WireRecord.Bulk;
import io.reactorzmq.internal.wire.WireRecord.Failure;
import io.reactorzmq.internal.wire.WireRecord.Reply;
import io.reactorzmq.internal.wire.WireRecord.Request;
import io.reactorzmq.message.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
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

  private static final Limits LIMITS = new Limits(250, 16_384, 0, 0);

  private static final WireRecord HI = request(299, "hi");
  private static final WireRecord TWO_PARTS = request(300, "a", "");
  private static final WireRecord YO = new Reply(300, Message.of("yo"));
  private static final WireRecord BUSY =
      new Failure(299, RemoteException.Code.HANDLER.number(), true, "busy");
  private static final WireRecord BULK = new Bulk(7, 1 << 20);

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
    sent.put("hello-several", Bytes.hex(several(Role.REQ, 2).encode(alloc)));
    sent.put("hello-takes-several", Bytes.hex(several(Role.REP, 0).encode(alloc)));
    sent.put("hello-prefers", Bytes.hex(wanting(false).encode(alloc)));
    sent.put("hello-requires", Bytes.hex(wanting(true).encode(alloc)));
    sent.put("hello-alternates", Bytes.hex(naming().encode(alloc)));
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
    sent.put("record-requests", recordFrames(HI, TWO_PARTS).get(0));
    sent.put("record-answers", recordFrames(YO, BUSY).get(0));
    List<String> largeRequest = recordFrames(request(1, "a".repeat(20_000)), request(2, "z"));
    sent.put("record-first", largeRequest.get(0));
    sent.put("record-last", largeRequest.get(1));
    sent.put(
        "record-headers",
        "0204" + "0101044002abcd010161" + "010200010162" + "04038001"); // only read
    sent.put("cancel", Bytes.hex(Control.cancel(alloc, new long[] {299, 300}, 2)));
    sent.put("bulk", recordFrames(BULK).get(0));
    sent.put("fetch", Bytes.hex(Control.fetch(alloc, 7)));
    sent.put("subscribe", Bytes.hex(Subscriptions.subscribe(alloc, subscriptions())));
    sent.put("subscribed", Bytes.hex(Subscriptions.subscribed(alloc, 300, new long[] {1, 2}, 2)));
    sent.put("unsubscribe", Bytes.hex(Subscriptions.unsubscribe(alloc, new long[] {2}, 1)));
    List<String> numbered =
        numberedFrames(
            new Numbered(300, false, Message.of("a", "x")),
            new Numbered(301, false, Message.of("b", "")),
            new Numbered(304, false, Message.of("c")),
            new Numbered(306, false, Message.of("t", "a".repeat(19_999))),
            new Numbered(307, false, Message.of("z")));
    sent.put("numbered-many", numbered.get(0));
    sent.put("numbered-hole", numbered.get(1));
    sent.put("numbered-first", numbered.get(2));
    sent.put("numbered-last", numbered.get(3));
    sent.put("numbered-empty", Bytes.hex(numberedWriter().finishEmpty(310)));
    sent.put("numbered-gap", "0208b602" + "010164"); // only read
    assertThat(examples).containsExactlyEntriesOf(sent);
  }

  @Test
  void theExamplesAreWhatIsRead() {
    assertThat(Hello.decode(example("hello-push"))).isEqualTo(hello(Role.PUSH, "", 0));
    assertThat(Hello.decode(example("hello-pair"))).isEqualTo(hello(Role.PAIR, "left", 300));
    assertThat(Hello.decode(example("hello-several"))).isEqualTo(several(Role.REQ, 2));
    assertThat(Hello.decode(example("hello-takes-several"))).isEqualTo(several(Role.REP, 0));
    assertThat(Hello.decode(example("hello-prefers"))).isEqualTo(wanting(false));
    assertThat(Hello.decode(example("hello-requires"))).isEqualTo(wanting(true));
    assertThat(Hello.decode(example("hello-alternates"))).isEqualTo(naming());
    assertThat(Control.readOpen(example("open")).maxFrameBytes()).isEqualTo(262_144);
    assertThat(Control.readWindow(example("window"))).isEqualTo(2);
    assertThat(texts("data-one")).containsExactly("hi");
    assertThat(texts("data-many")).containsExactly("a||bcd", "", "|");
    assertThat(texts("data-first", "data-last")).containsExactly("a".repeat(20_000), "z");
    assertThat(texts("data-headers")).containsExactly("a", "b");
    assertThat(records("record-requests")).containsExactly("REQUEST 299 hi", "REQUEST 300 a|");
    assertThat(records("record-answers"))
        .containsExactly("REPLY 300 yo", "ERROR 299 HANDLER transient busy");
    assertThat(records("record-first", "record-last"))
        .containsExactly("REQUEST 1 " + "a".repeat(20_000), "REQUEST 2 z");
    assertThat(records("record-headers"))
        .containsExactly("REQUEST 1 a", "REQUEST 2 b", "BULK 3 of 128");
    assertThat(Control.readCancel(example("cancel"))).containsExactly(299, 300);
    assertThat(records("bulk")).containsExactly("BULK 7 of 1048576");
    assertThat(Control.readFetch(example("fetch"))).isEqualTo(7);
    assertThat(Subscriptions.readSubscribe(example("subscribe")))
        .extracting(each -> each.id() + " " + new String(each.prefix(), UTF_8))
        .containsExactly("1 price.", "2 ");
    assertThat(Subscriptions.readSubscribed(example("subscribed")).next()).isEqualTo(300);
    assertThat(Subscriptions.readSubscribed(example("subscribed")).ids()).containsExactly(1, 2);
    assertThat(Subscriptions.readUnsubscribe(example("unsubscribe"))).containsExactly(2);
    assertThat(
            numbered(
                "numbered-many",
                "numbered-hole",
                "numbered-first",
                "numbered-last",
                "numbered-empty",
                "numbered-gap"))
        .containsExactly(
            "300 a|x",
            "301 b|",
            "304 c",
            "306 t|" + "a".repeat(19_999),
            "307 z",
            "310",
            "310 behind a gap d");
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
    for (WireRecord record : List.of(HI, YO, BUSY, BULK)) {
      assertThat(document)
          .contains("| " + record.kind() + " | " + name(record) + " |")
          .containsPattern(name(record) + " += u8 " + record.kind() + ", varint id");
    }
    for (RemoteException.Code code : RemoteException.Code.values()) {
      if (code != RemoteException.Code.UNKNOWN) {
        assertThat(document).contains("| " + code.number() + " | " + code + " |");
      }
    }
    assertThat(document)
        .contains("`" + Hello.MIME + "`")
        .contains("versions** are " + Hello.MAJOR + " and " + Hello.MINOR)
        .contains(String.format("| 0x%02x | CONTINUES |", DataFormat.CONTINUES))
        .contains(String.format("| 0x%02x | CONTINUATION |", DataFormat.CONTINUATION))
        .contains(String.format("| 0x%02x | HEADERS |", DataFormat.HEADERS))
        .contains(String.format("| 0x%02x | GAP |", DataFormat.GAP));
  }

  @Test
  void theLimits() {
    String frames = String.format("%,d to %,d", Limits.MIN_FRAME_BYTES, Limits.MAX_FRAME_BYTES);
    assertThat(document)
        .contains(String.format("| Hello | %,d bytes |", Hello.MAX_BYTES))
        .contains(String.format("| routing id | %,d bytes |", Hello.MAX_ROUTING_ID_BYTES))
        .contains(String.format("| scheme that is wanted | %,d bytes |", Hello.MAX_SCHEME_BYTES))
        .contains(String.format("| alternates of a Hello | %,d |", Hello.MAX_ALTERNATES))
        .contains(String.format("| alternate | %,d bytes |", Hello.MAX_ALTERNATE_BYTES))
        .contains("| DATA payload | maxFrameBytes, which is " + frames + " |")
        .contains(String.format("| parts of a message | %,d |", Message.MAX_PARTS))
        .contains(String.format("| part | %,d bytes |", Integer.MAX_VALUE))
        .contains(String.format("| text of an ERROR | %,d bytes |", WireRecord.MAX_TEXT_BYTES))
        .contains(String.format("| ids in a CANCEL | 1 to %,d |", Control.MAX_CANCELS))
        .contains(
            String.format(
                "| prefix of a subscription | %,d bytes |", Subscriptions.MAX_PREFIX_BYTES))
        .contains(String.format("| SUBSCRIBE | %,d bytes |", Subscriptions.MAX_SUBSCRIBE_BYTES))
        .contains(
            String.format("| subscriptions in a SUBSCRIBE | 1 to %,d |", Subscriptions.MAX_IDS))
        .contains(
            String.format(
                "| ids in a SUBSCRIBED or UNSUBSCRIBE | 1 to %,d |", Subscriptions.MAX_IDS))
        .contains(
            String.format(
                "| live subscriptions of a channel | %,d |", Subscriptions.MAX_SUBSCRIPTIONS))
        .contains(String.format("| number of a message | %,d |", Long.MAX_VALUE - 1))
        .contains(
            "maxFrameBytes - " + (DataFormat.HEADER_BYTES + DataFormat.MAX_NUMBER_BYTES) + ".")
        .contains("per connection and direction | " + PeerLink.MAX_FETCHES + " |")
        .contains(String.format("**at least %,d bytes**", DataFormat.MIN_CUT_FRAME_BYTES));
  }

  private static Hello hello(Role role, String routingId, int index) {
    return new Hello(1, 1, role, routingId.getBytes(UTF_8), SOCKET_ID, index, 0);
  }

  private static Hello several(Role role, int index) {
    return new Hello(1, 1, role, new byte[0], SOCKET_ID, index, Hello.SEVERAL_CONNECTIONS);
  }

  private static Hello wanting(boolean required) {
    return hello(Role.PUSH, new Hello.Wants("rdma", required), List.of());
  }

  private static Hello naming() {
    return hello(Role.PULL, null, List.of("rdma://0.0.0.0:7471"));
  }

  private static Hello hello(Role role, Hello.Wants wants, List<String> alternates) {
    return new Hello(1, 1, role, new byte[0], SOCKET_ID, 0, 0, wants, alternates);
  }

  private static Message twoEmpty() {
    return Message.of("", "");
  }

  private static ByteBuf example(String name) {
    return Bytes.of(examples.get(name));
  }

  private static Request request(long id, String... parts) {
    return new Request(id, Message.of(parts));
  }

  private static String name(WireRecord record) {
    return record instanceof Failure
        ? "ERROR"
        : record.getClass().getSimpleName().toUpperCase(ROOT);
  }

  private List<String> frames(Message... messages) {
    FrameWriter writer = new FrameWriter(alloc, LIMITS, 1024);
    List<String> frames = new ArrayList<>();
    for (Message message : messages) {
      while (!writer.append(message, holder)) {
        frames.add(Bytes.hex(writer.finish()));
      }
    }
    frames.add(Bytes.hex(writer.finish()));
    return frames;
  }

  private List<String> recordFrames(WireRecord... records) {
    FrameWriter writer = FrameWriter.ofRecords(alloc, LIMITS, 1024, 1024);
    List<String> frames = new ArrayList<>();
    for (WireRecord record : records) {
      while (!writer.append(record, holder)) {
        frames.add(Bytes.hex(writer.finish()));
      }
    }
    frames.add(Bytes.hex(writer.finish()));
    return frames;
  }

  private static Queue<Subscription> subscriptions() {
    return new ArrayDeque<>(
        List.of(new Subscription(1, "price.".getBytes(UTF_8)), new Subscription(2, new byte[0])));
  }

  private FrameWriter numberedWriter() {
    return FrameWriter.ofNumbered(alloc, LIMITS, 1024, 1024);
  }

  private List<String> numberedFrames(Numbered... all) {
    FrameWriter writer = numberedWriter();
    List<String> frames = new ArrayList<>();
    for (Numbered each : all) {
      Message message = Objects.requireNonNull(each.message());
      while (!writer.append(message, each.number(), holder)) {
        frames.add(Bytes.hex(writer.finish()));
      }
    }
    frames.add(Bytes.hex(writer.finish()));
    return frames;
  }

  private static List<String> numbered(String... names) {
    FrameReader<Numbered> reader = FrameReader.ofNumbered(LIMITS);
    List<String> all = new ArrayList<>();
    for (String name : names) {
      reader.read(
          example(name),
          each -> {
            Message message = each.message();
            all.add(
                each.number()
                    + (each.gap() ? " behind a gap" : "")
                    + (message == null ? "" : " " + text(message)));
          });
    }
    return all;
  }

  private static String text(Message message) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < message.partCount(); i++) {
      parts.add(message.text(i));
    }
    message.release();
    return String.join("|", parts);
  }

  private static String what(WireRecord record) {
    Message message = record.message();
    if (message != null) {
      return text(message);
    }
    if (record instanceof Bulk bulk) {
      return "of " + bulk.size();
    }
    Failure failure = (Failure) record;
    return RemoteException.Code.of(failure.code())
        + (failure.isTransient() ? " transient " : " ")
        + failure.text();
  }

  private static List<String> records(String... names) {
    FrameReader<WireRecord> reader = FrameReader.ofRecords(LIMITS);
    List<String> records = new ArrayList<>();
    for (String name : names) {
      reader.read(
          example(name),
          record -> records.add(name(record) + " " + record.id() + " " + what(record)));
    }
    return records;
  }

  private static List<String> texts(String... names) {
    FrameReader<Message> reader = FrameReader.ofMessages(LIMITS);
    List<String> texts = new ArrayList<>();
    for (String name : names) {
      reader.read(example(name), message -> texts.add(text(message)));
    }
    return texts;
  }
}
