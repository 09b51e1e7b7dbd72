package io.reactorzmq.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One way to set two kinds of sockets up: every pattern test that says nothing else runs in all of
 * them. The pairwise selection has every two values together at least once.
 *
 * @param transport its scheme
 * @param highWaterMark on both sides
 * @param messageSize bytes
 * @param peers how many on the connecting, or binding, other side
 * @param receiverBinds which side binds
 * @param bindFirst whether the bind comes before the connects
 */
public record Scenario(
    String transport,
    int highWaterMark,
    int messageSize,
    int peers,
    boolean receiverBinds,
    boolean bindFirst) {

  private static final int FRAME = 256 * 1024;

  private static final Object[][] VALUES = {
    TestedTransports.names().toArray(),
    {1, 2, 1000},
    {0, 64, FRAME - 1, FRAME, FRAME + 1, 5 * 4 * FRAME},
    {1, 3},
    {true, false},
    {true, false},
  };

  private static Scenario of(Object[] row) {
    return new Scenario(
        (String) row[0],
        (int) row[1],
        (int) row[2],
        (int) row[3],
        (boolean) row[4],
        (boolean) row[5]);
  }

  /** Every combination. */
  public static Stream<Scenario> all() {
    List<Object[]> rows = new ArrayList<>();
    rows.add(new Object[0]);
    for (Object[] values : VALUES) {
      List<Object[]> longer = new ArrayList<>();
      for (Object[] row : rows) {
        for (Object value : values) {
          Object[] extended = Arrays.copyOf(row, row.length + 1);
          extended[row.length] = value;
          longer.add(extended);
        }
      }
      rows = longer;
    }
    return rows.stream().map(Scenario::of);
  }

  /** Few combinations in which every two values of two parameters meet. */
  public static Stream<Scenario> pairwise() {
    Set<String> uncovered = new LinkedHashSet<>();
    for (int a = 0; a < VALUES.length; a++) {
      for (int b = a + 1; b < VALUES.length; b++) {
        for (int i = 0; i < VALUES[a].length; i++) {
          for (int j = 0; j < VALUES[b].length; j++) {
            uncovered.add(pair(a, i, b, j));
          }
        }
      }
    }
    Random random = new Random(42);
    List<Object[]> rows = new ArrayList<>();
    while (!uncovered.isEmpty()) {
      int[] best = null;
      int bestGain = 0;
      for (int candidate = 0; candidate < 50; candidate++) {
        int[] row = new int[VALUES.length];
        for (int a = 0; a < row.length; a++) {
          row[a] = random.nextInt(VALUES[a].length);
        }
        int gain = (int) pairs(row).stream().filter(uncovered::contains).count();
        if (gain > bestGain) {
          bestGain = gain;
          best = row;
        }
      }
      if (best != null) {
        pairs(best).forEach(uncovered::remove);
        Object[] row = new Object[VALUES.length];
        for (int a = 0; a < row.length; a++) {
          row[a] = VALUES[a][best[a]];
        }
        rows.add(row);
      }
    }
    return rows.stream().map(Scenario::of);
  }

  private static List<String> pairs(int[] row) {
    List<String> pairs = new ArrayList<>();
    for (int a = 0; a < row.length; a++) {
      for (int b = a + 1; b < row.length; b++) {
        pairs.add(pair(a, row[a], b, row[b]));
      }
    }
    return pairs;
  }

  private static String pair(int a, int i, int b, int j) {
    return a + "=" + i + "," + b + "=" + j;
  }
}
