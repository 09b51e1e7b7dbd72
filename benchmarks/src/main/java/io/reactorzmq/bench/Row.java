package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * One row of the suite: what is done, and by whom.
 *
 * @param name by which it is chosen
 * @param group by which it is chosen together with others
 * @param title in a few words
 * @param shape what its processes do
 * @param size bytes of a message, request or value
 * @param number requests at a time, receivers, subscribers or subscriptions; 1 if there is no such
 *     thing
 * @param ours this library's contenders
 * @param peers what they are compared with
 * @param needs processors without which its figures are reported and not judged
 * @param jvm options of every Java process
 */
record Row(
    String name,
    String group,
    String title,
    Shape shape,
    int size,
    int number,
    List<String> ours,
    List<String> peers,
    int needs,
    List<String> jvm) {

  /** Behind the name of a contender of ours: the same with one receiver or one subscription. */
  static final String ONE = "-to-one";

  private static final String KEEPS = "zmq-tensor";

  Metric metric() {
    return shape.metric();
  }

  /** All contenders, ours first. */
  List<String> contenders() {
    List<String> all = new ArrayList<>(ours);
    all.addAll(peers);
    return all;
  }

  /**
   * Who is compared: each of ours with every peer, but but with itself or with what keeps a value
   * only if it does so too.
   */
  List<Schedule.Match> matches() {
    List<Schedule.Match> matches = new ArrayList<>();
    for (String peer : peers) {
      for (String our : ours) {
        if (isComparable(our, peer)) {
          matches.add(new Schedule.Match(our, peer));
        }
      }
    }
    return matches;
  }

  /** Whether two do so much the same that their ratio says something. */
  private static boolean isComparable(String ours, String peer) {
    if (peer.endsWith(ONE)) {
      return peer.equals(ours + ONE);
    }
    if (peer.equals("raw")) {
      return true; // the floor of everything
    }
    // a value that is put into memory of its own, beside one that is seen piece by piece
    return ours.equals(KEEPS) == peer.equals("raw-kept");
  }

  /** The same with some of its contenders. */
  Row with(List<String> some) {
    return new Row(
        name,
        group,
        title,
        shape,
        size,
        number,
        ours.stream().filter(some::contains).toList(),
        peers.stream().filter(some::contains).toList(),
        needs,
        jvm);
  }
}
