package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Who wants a topic, against a model that looks at every prefix. */
class PrefixTrieTest {

  private final PrefixTrie<Object> trie = new PrefixTrie<>();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void add(String prefix, Object member) {
    trie.add(bytes(prefix), member);
  }

  private boolean remove(String prefix, Object member) {
    return trie.remove(bytes(prefix), member);
  }

  private List<Object> match(byte[] topic, int length) {
    List<Object> out = new ArrayList<>();
    trie.match(topic, length, out::add);
    return out;
  }

  private List<Object> match(String topic) {
    return match(bytes(topic), topic.length());
  }

  @Test
  void aTopicMatchesItsPrefixes() {
    for (String prefix : List.of("", "a", "abc", "abd", "b", "abcde")) {
      add(prefix, "<" + prefix + ">");
    }
    assertThat(match("abcd")).containsExactly("<>", "<a>", "<abc>");
    assertThat(match("abc")).containsExactly("<>", "<a>", "<abc>");
    assertThat(match("ab")).containsExactly("<>", "<a>");
    assertThat(match("")).containsExactly("<>");
    assertThat(match("zabc")).containsExactly("<>");
    assertThat(match("abcdefg")).containsExactly("<>", "<a>", "<abc>", "<abcde>");
    assertThat(trie.prefixes()).isEqualTo(6);
  }

  @Test
  void onlyTheLengthCounts() {
    add("ab", "x");
    assertThat(match(bytes("abc"), 2)).containsExactly("x");
    assertThat(match(bytes("abc"), 1)).isEmpty();
    assertThat(match(bytes("abc"), 0)).isEmpty();
  }

  @Test
  void bytesAreCompared() {
    add("\u00ff", "high");
    add("\u0000", "zero");
    add("\u007f", "low");
    add("\u0080", "middle");
    assertThat(match("\u00ff1")).containsExactly("high");
    assertThat(match("\u00001")).containsExactly("zero");
    assertThat(match("\u007f1")).containsExactly("low");
    assertThat(match("\u0080")).containsExactly("middle");
    assertThat(match("\u0001")).isEmpty();
  }

  @Test
  void anEmptyTrieMatchesNothing() {
    assertThat(trie.isEmpty()).isTrue();
    assertThat(trie.prefixes()).isZero();
    assertThat(match("a")).isEmpty();
    assertThat(trie.at(bytes("a"))).isEmpty();
    assertThat(trie.at(bytes(""))).isEmpty();
    assertThat(remove("a", "x")).isFalse();
    assertThat(remove("", "x")).isFalse();
  }

  @Test
  void eachAddNeedsItsOwnRemove() {
    String member = "x";
    add("ab", member);
    add("ab", member);
    add("a", member);
    assertThat(match("abc")).as("once for each prefix").containsExactly(member, member);
    assertThat(trie.prefixes()).isEqualTo(2);
    assertThat(remove("ab", member)).isTrue();
    assertThat(match("abc")).hasSize(2);
    assertThat(remove("ab", member)).isTrue();
    assertThat(match("abc")).hasSize(1);
    assertThat(remove("ab", member)).isFalse();
    assertThat(remove("a", member)).isTrue();
    assertThat(trie.isEmpty()).isTrue();
  }

  @Test
  void membersAreComparedByIdentity() {
    List<String> one = new ArrayList<>();
    List<String> other = new ArrayList<>();
    assertThat(one).isEqualTo(other);
    add("a", one);
    assertThat(remove("a", other)).isFalse();
    add("a", other);
    assertThat(match("a")).hasSize(2);
    assertThat(remove("a", one)).isTrue();
    assertThat(match("a")).singleElement().isSameAs(other);
  }

  @Test
  void onlyWhatStandsAtAPrefixIsRemoved() {
    add("abc", "x");
    add("abd", "y");
    for (String prefix : List.of("", "a", "ab", "abcd", "abx", "b")) {
      assertThat(remove(prefix, "x")).as(prefix).isFalse();
      assertThat(trie.at(bytes(prefix))).as(prefix).isEmpty();
    }
    assertThat(remove("abd", "x")).isFalse();
    assertThat(trie.at(bytes("abc"))).containsExactly("x");
    assertThat(trie.prefixes()).isEqualTo(2);
  }

  @Test
  void theMembersAtAPrefixAreACopy() {
    add("a", "x");
    add("a", "x");
    var members = trie.at(bytes("a"));
    add("a", "y");
    assertThat(members).containsExactly("x");
    assertThat(trie.at(bytes("a"))).containsExactlyInAnyOrder("x", "y");
  }

  @Test
  void aPrefixMayChangeAfterwards() {
    byte[] prefix = bytes("abc");
    trie.add(prefix, "x");
    Arrays.fill(prefix, (byte) 'z');
    assertThat(match("abcd")).containsExactly("x");
  }

  /** Random operations on short prefixes of few letters, which share much and split often. */
  @Test
  void randomOperations() {
    Random random = new Random(7);
    Object[] members = {new Object(), new Object(), new Object()};
    Map<ByteBuffer, Map<Object, Integer>> model = new HashMap<>();
    for (int i = 0; i < 60_000; i++) {
      boolean growing = i / 6000 % 2 == 0;
      byte[] prefix = letters(random, 7);
      Object member = members[random.nextInt(members.length)];
      if (random.nextInt(10) < (growing ? 7 : 2)) {
        trie.add(prefix, member);
        model
            .computeIfAbsent(ByteBuffer.wrap(prefix), key -> new IdentityHashMap<>())
            .merge(member, 1, Integer::sum);
      } else {
        assertThat(trie.remove(prefix, member)).isEqualTo(removed(model, prefix, member));
      }
      assertThat(trie.prefixes() == model.size()).isTrue();
      if (i % 10 == 0) {
        byte[] topic = letters(random, 10);
        assertThat(match(topic, topic.length))
            .containsExactlyInAnyOrderElementsOf(expected(model, topic));
        assertThat(trie.at(prefix))
            .containsExactlyInAnyOrderElementsOf(
                model.getOrDefault(ByteBuffer.wrap(prefix), Map.of()).keySet());
        assertThat(nodes()).isLessThanOrEqualTo(2 * model.size());
      }
    }
    for (ByteBuffer prefix : List.copyOf(model.keySet())) {
      for (Object member : members) {
        while (removed(model, prefix.array(), member)) {
          assertThat(trie.remove(prefix.array(), member)).isTrue();
        }
      }
    }
    assertThat(trie.isEmpty()).isTrue();
    assertThat(nodes()).isZero();
  }

  private int nodes() {
    return trie.nodes();
  }

  private static byte[] letters(Random random, int maxLength) {
    byte[] bytes = new byte[random.nextInt(maxLength + 1)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(3));
    }
    return bytes;
  }

  private static boolean removed(
      Map<ByteBuffer, Map<Object, Integer>> model, byte[] prefix, Object member) {
    Map<Object, Integer> counts = model.getOrDefault(ByteBuffer.wrap(prefix), Map.of());
    Integer count = counts.get(member);
    if (count == null) {
      return false;
    }
    if (count > 1) {
      counts.put(member, count - 1);
    } else {
      counts.remove(member);
    }
    if (counts.isEmpty()) {
      model.remove(ByteBuffer.wrap(prefix));
    }
    return true;
  }

  private static List<Object> expected(Map<ByteBuffer, Map<Object, Integer>> model, byte[] topic) {
    List<Object> expected = new ArrayList<>();
    for (int length = 0; length <= topic.length; length++) {
      expected.addAll(model.getOrDefault(ByteBuffer.wrap(topic, 0, length), Map.of()).keySet());
    }
    return expected;
  }

  @Test
  void tenThousandPrefixes() {
    for (int i = 0; i < 10_000; i++) {
      add("topic/" + i + "/", i);
    }
    assertThat(trie.prefixes()).isEqualTo(10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(match("topic/" + i + "/x")).singleElement().isEqualTo(i);
    }
    for (int i = 0; i < 10_000; i++) {
      assertThat(remove("topic/" + i + "/", trie.at(bytes("topic/" + i + "/")).iterator().next()))
          .isTrue();
    }
    assertThat(trie.isEmpty()).isTrue();
    assertThat(nodes()).isZero();
  }

  /** Prefixes of which each begins with all shorter ones: as deep as it gets. */
  @Test
  void longPrefixesTakeTwoNodesEachAtMost() {
    String longest = "x".repeat(1024);
    for (int length = 1; length <= 1024; length++) {
      add(longest.substring(0, length), length);
      add(longest.substring(0, length - 1) + "y", -length);
    }
    assertThat(nodes()).isLessThanOrEqualTo(2 * trie.prefixes());
    assertThat(match(longest)).hasSize(1024);
  }

  @Test
  void manyMembersOfOnePrefix() {
    List<Object> members = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      members.add(new Object());
      add("a", members.get(i));
    }
    assertThat(match("a")).containsExactlyElementsOf(members);
    Random random = new Random(3);
    while (!members.isEmpty()) {
      Object member = members.remove(random.nextInt(members.size()));
      assertThat(remove("a", member)).isTrue();
      assertThat(remove("a", member)).isFalse();
      if (members.size() % 100 == 0) {
        assertThat(match("ab")).containsExactlyInAnyOrderElementsOf(members);
      }
    }
    assertThat(nodes()).isZero();
  }

  @Test
  void aMatchAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 100; i++) {
      add("a" + i % 10, i);
      add("a", i);
    }
    byte[] topic = bytes("a5xyz");
    AtomicInteger count = new AtomicInteger();
    Consumer<Object> counter = member -> count.incrementAndGet();
    trie.match(topic, topic.length, counter);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 10_000; i++) {
      trie.match(topic, topic.length, counter);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    assertThat(count.get()).isEqualTo(10_001 * 110);
  }
}
