package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The order of the runs in a round: every two contenders that are compared run right one after the
 * other at least once, and one run serves the comparisons on both sides of it. The next round has
 * the reversed order, so that each is as often before the other as behind it.
 */
final class Schedule {

  /** Two contenders that are compared. */
  record Match(String ours, String peer) {

    boolean has(String contender) {
      return ours.equals(contender) || peer.equals(contender);
    }

    String other(String contender) {
      return ours.equals(contender) ? peer : ours;
    }
  }

  private Schedule() {}

  /**
   * The runs of a round.
   *
   * @param contenders all of them; one that is compared with nobody runs by itself
   * @param matches who is compared
   * @param round counted from 0
   */
  static List<String> of(List<String> contenders, List<Match> matches, int round) {
    List<String> runs = new ArrayList<>();
    List<Match> left = rotated(matches, round / 2);
    while (!left.isEmpty()) {
      String current = start(left);
      runs.add(current);
      for (Match next; (next = next(left, current)) != null; ) {
        left.remove(next);
        current = next.other(current);
        runs.add(current);
      }
    }
    Set<String> alone = new LinkedHashSet<>(contenders);
    matches.forEach(
        match -> {
          alone.remove(match.ours());
          alone.remove(match.peer());
        });
    runs.addAll(alone);
    if (round % 2 == 1) {
      Collections.reverse(runs);
    }
    return runs;
  }

  private static List<Match> rotated(List<Match> matches, int by) {
    List<Match> rotated = new ArrayList<>(matches);
    if (!rotated.isEmpty()) {
      Collections.rotate(rotated, -by % rotated.size());
    }
    return rotated;
  }

  /** One with an odd number of comparisons left, so that the fewest runs are needed. */
  private static String start(List<Match> left) {
    for (Match match : left) {
      for (String contender : List.of(match.peer(), match.ours())) {
        if (left.stream().filter(m -> m.has(contender)).count() % 2 == 1) {
          return contender;
        }
      }
    }
    return left.get(0).peer();
  }

  private static @Nullable Match next(List<Match> left, String current) {
    return left.stream().filter(match -> match.has(current)).findFirst().orElse(null);
  }
}
