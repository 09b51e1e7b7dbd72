package io.reactorzmq.internal.wire;

import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

// Past 300 lines because a trie and its nodes are of no use apart.

/**
 * Finds who wants a topic: members under prefixes, in a compressed trie that holds at most two
 * nodes for each prefix, however long those are. A member may be added several times, and is then
 * removed as many times.
 *
 * <p>Not safe for use by several threads at a time, nor to be changed by the consumer that it
 * calls.
 *
 * @param <S> members, told apart by identity
 */
public final class PrefixTrie<S> {

  private static final byte[] NO_BYTES = {};

  private final Node<S> root = new Node<>(NO_BYTES);
  private int prefixes;

  /** A trie without members. */
  public PrefixTrie() {}

  /** The members of one prefix, and what longer prefixes go on with. */
  private static final class Node<S> {
    byte[] label;

    /** By their first byte, in ascending order. */
    Node<S>[] children = none();

    @Nullable Object[] members = {};
    int size;

    /** Where each member stands, and how often it was added. */
    private final Map<S, int[]> places = new IdentityHashMap<>(2);

    Node(byte[] label) {
      this.label = label;
    }

    @SuppressWarnings("unchecked") // an empty array of any type is as good as another
    private static <S> Node<S>[] none() {
      return (Node<S>[]) new Node<?>[0];
    }

    /** The index of the child that begins with a byte, or where it would be, as {@code -1 - i}. */
    int find(byte first) {
      int low = 0;
      int high = children.length - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        byte at = children[middle].label[0];
        if (at < first) {
          low = middle + 1;
        } else if (at > first) {
          high = middle - 1;
        } else {
          return middle;
        }
      }
      return -1 - low;
    }

    void insert(Node<S> child) {
      int at = -1 - find(child.label[0]);
      Node<S>[] more = Arrays.copyOf(children, children.length + 1);
      System.arraycopy(children, at, more, at + 1, children.length - at);
      more[at] = child;
      children = more;
    }

    void delete(Node<S> child) {
      int at = find(child.label[0]);
      Node<S>[] fewer = Arrays.copyOf(children, children.length - 1);
      System.arraycopy(children, at + 1, fewer, at, fewer.length - at);
      children = fewer;
    }

    void add(S member) {
      int[] place = places.get(member);
      if (place != null) {
        place[1]++;
        return;
      }
      if (size == members.length) {
        members = Arrays.copyOf(members, Math.max(2, 2 * size));
      }
      places.put(member, new int[] {size, 1});
      members[size++] = member;
    }

    @SuppressWarnings("unchecked") // only such members are put in
    S at(int index) {
      return (S) members[index];
    }

    boolean remove(S member) {
      int[] place = places.get(member);
      if (place == null) {
        return false;
      }
      if (--place[1] > 0) {
        return true;
      }
      places.remove(member);
      int last = --size;
      if (place[0] < last) {
        S moved = at(last);
        members[place[0]] = moved;
        Objects.requireNonNull(places.get(moved))[0] = place[0];
      }
      members[last] = null;
      return true;
    }
  }

  /**
   * Adds a member under a prefix, once more if it is there.
   *
   * @param prefix copied
   * @param member who wants it
   */
  public void add(byte[] prefix, S member) {
    Node<S> node = root;
    int at = 0;
    while (at < prefix.length) {
      int index = node.find(prefix[at]);
      if (index < 0) {
        Node<S> leaf = new Node<>(Arrays.copyOfRange(prefix, at, prefix.length));
        node.insert(leaf);
        node = leaf;
        break;
      }
      Node<S> child = node.children[index];
      int common = common(child.label, prefix, at, prefix.length);
      if (common < child.label.length) {
        child = split(node, index, common);
      }
      node = child;
      at += common;
    }
    if (node.size == 0) {
      prefixes++;
    }
    node.add(member);
  }

  /** Puts a node between a node and its child, after so many bytes of the child's label. */
  private static <S> Node<S> split(Node<S> parent, int index, int bytes) {
    Node<S> child = parent.children[index];
    Node<S> between = new Node<>(Arrays.copyOf(child.label, bytes));
    child.label = Arrays.copyOfRange(child.label, bytes, child.label.length);
    between.insert(child);
    parent.children[index] = between;
    return between;
  }

  /** How many bytes a label and a text have in common, from an index of the text on. */
  private static int common(byte[] label, byte[] text, int from, int to) {
    int most = Math.min(label.length, to - from);
    int difference = Arrays.mismatch(label, 0, most, text, from, from + most);
    return difference < 0 ? most : difference;
  }

  /**
   * Removes a member from a prefix, or one of the times that it was added.
   *
   * @param prefix the prefix
   * @param member who wants it no more
   * @return false if it was not there
   */
  public boolean remove(byte[] prefix, S member) {
    Node<S> above = root;
    Node<S> parent = root;
    Node<S> node = root;
    for (int at = 0; at < prefix.length; at += node.label.length) {
      int index = node.find(prefix[at]);
      if (index < 0) {
        return false;
      }
      above = parent;
      parent = node;
      node = node.children[index];
      if (common(node.label, prefix, at, prefix.length) < node.label.length) {
        return false;
      }
    }
    if (!node.remove(member)) {
      return false;
    }
    if (node.size == 0) {
      prefixes--;
      prune(above, parent, node);
    }
    return true;
  }

  /** A node without members is kept only where it branches. */
  private void prune(Node<S> above, Node<S> parent, Node<S> node) {
    if (node == root) {
      return;
    }
    if (node.children.length == 0) {
      parent.delete(node);
      if (parent != root && parent.size == 0 && parent.children.length == 1) {
        join(above, parent);
      }
    } else if (node.children.length == 1) {
      join(parent, node);
    }
  }

  /** Replaces a node by its only child. */
  private static <S> void join(Node<S> parent, Node<S> node) {
    Node<S> child = node.children[0];
    byte[] label = Arrays.copyOf(node.label, node.label.length + child.label.length);
    System.arraycopy(child.label, 0, label, node.label.length, child.label.length);
    child.label = label;
    parent.children[parent.find(label[0])] = child;
  }

  /**
   * Finds the members of all prefixes of a topic.
   *
   * @param topic holds the topic from index 0 on
   * @param length of the topic
   * @param out is given a member once for each prefix that it is under
   */
  public void match(byte[] topic, int length, Consumer<? super S> out) {
    Node<S> node = root;
    int at = 0;
    for (; ; ) {
      for (int i = 0; i < node.size; i++) {
        out.accept(node.at(i));
      }
      if (at == length) {
        return;
      }
      int index = node.find(topic[at]);
      if (index < 0) {
        return;
      }
      node = node.children[index];
      if (common(node.label, topic, at, length) < node.label.length) {
        return;
      }
      at += node.label.length;
    }
  }

  /**
   * The members of one prefix.
   *
   * @param prefix the prefix
   * @return a copy, each member once
   */
  public Collection<S> at(byte[] prefix) {
    Node<S> node = root;
    for (int at = 0; at < prefix.length; at += node.label.length) {
      int index = node.find(prefix[at]);
      if (index < 0) {
        return List.of();
      }
      node = node.children[index];
      if (common(node.label, prefix, at, prefix.length) < node.label.length) {
        return List.of();
      }
    }
    return List.copyOf(node.places.keySet());
  }

  /**
   * How many prefixes have members.
   *
   * @return 0 or more
   */
  public int prefixes() {
    return prefixes;
  }

  /**
   * Whether there are no members.
   *
   * @return true if so
   */
  public boolean isEmpty() {
    return prefixes == 0;
  }

  /** How many nodes there are beside the root. */
  int nodes() {
    return nodesBelow(root);
  }

  private static int nodesBelow(Node<?> node) {
    int count = node.children.length;
    for (Node<?> child : node.children) {
      count += nodesBelow(child);
    }
    return count;
  }
}
