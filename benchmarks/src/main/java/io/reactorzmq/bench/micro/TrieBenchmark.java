package io.reactorzmq.bench.micro;

import io.reactorzmq.internal.wire.PrefixTrie;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Looking for the one prefix of a topic among many, and adding and removing one beside them. */
public class TrieBenchmark extends MicroBenchmark {

  /** So many topics are asked for in turn; a power of two. */
  private static final int TOPICS = 1024;

  /** How many prefixes there are. */
  @Param({"1", "100", "10000"})
  int prefixes;

  private final PrefixTrie<Object> trie = new PrefixTrie<>();
  private final byte[][] topics = new byte[TOPICS][];
  private final byte[][] others = new byte[TOPICS][];
  private final Object member = new Object();
  private long hits;
  private int turn;
  private final Consumer<Object> hit = found -> hits++;

  /** Fills the trie, and checks that each topic is found once and no other. */
  @Setup
  public void setUp() {
    for (int i = 0; i < prefixes; i++) {
      trie.add(bytes("prices/%05d/".formatted(i)), member);
    }
    Random random = new Random(1);
    for (int i = 0; i < TOPICS; i++) {
      int prefix = random.nextInt(prefixes);
      topics[i] = bytes("prices/%05d/bid".formatted(prefix));
      others[i] = bytes("prices/%05d/ask".formatted(prefix));
    }
    for (int i = 0; i < TOPICS; i++) {
      require("matches", match(), 1);
      addAndRemove();
    }
    hits = 0;
    byte[] nobodys = bytes("prices/99999/bid");
    trie.match(nobodys, nobodys.length, hit);
    require("matches of a topic that nobody asked for", hits, 0);
    require("prefixes", trie.prefixes(), prefixes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * A topic that one prefix matches.
   *
   * @return how many were found
   */
  @Benchmark
  public long match() {
    hits = 0;
    byte[] topic = topics[turn++ & TOPICS - 1];
    trie.match(topic, topic.length, hit);
    return hits;
  }

  /** A prefix comes and goes, which splits a node and joins it again. */
  @Benchmark
  public void addAndRemove() {
    byte[] prefix = others[turn++ & TOPICS - 1];
    trie.add(prefix, member);
    require("removed", trie.remove(prefix, member) ? 1 : 0, 1);
  }
}
