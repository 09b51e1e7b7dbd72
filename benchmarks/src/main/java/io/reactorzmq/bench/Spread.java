package io.reactorzmq.bench;

import java.util.Arrays;
import java.util.Collection;

/**
 * Where measured values lie: the median and the quartiles, between neighbours interpolated.
 *
 * @param low a quarter is below it
 * @param median half is below it
 * @param high a quarter is above it
 */
record Spread(double low, double median, double high) {

  static Spread of(Collection<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Spread(at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75));
  }

  static Spread of(double[] values) {
    return of(Arrays.stream(values).boxed().toList());
  }

  private static double at(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
