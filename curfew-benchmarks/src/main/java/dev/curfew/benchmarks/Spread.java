// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The middle of some values and how far they scatter.
 *
 * @param low the lower quartile
 * @param high the upper quartile
 * @param count how many values
 */
record Spread(double median, double low, double high, int count) {
  static Spread of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values were given; at least one is needed");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Spread(at(sorted, 0.5), at(sorted, 0.25), at(sorted, 0.75), sorted.length);
  }

  static <T> Spread of(List<T> values, ToDoubleFunction<? super T> of) {
    return of(values.stream().mapToDouble(of).toArray());
  }

  Spread times(double factor) {
    return new Spread(median * factor, low * factor, high * factor, count);
  }

  private static double at(double[] sorted, double quantile) {
    double position = quantile * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
