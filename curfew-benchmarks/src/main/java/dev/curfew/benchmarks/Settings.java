// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

/**
 * Sizes of a measurement.
 *
 * @param rounds measured rounds in one JVM
 * @param warmUp rounds before them that do not count
 * @param tasks tasks of a round
 * @param crowd blocked tasks whose memory is measured
 * @param runs fresh JVMs for each variant, where a figure needs fresh ones
 * @param seed of the order in which variants run
 * @param settleMillis how long a server is under load before it is stopped
 * @param heap maximal heap of child JVMs, as {@code -Xmx} takes it
 */
record Settings(
    int rounds,
    int warmUp,
    int tasks,
    int crowd,
    int runs,
    long seed,
    long settleMillis,
    String heap) {
  /** What the goals are stated for. */
  static final Settings FULL = new Settings(31, 10, 100_000, 1_000_000, 15, 1, 1100, "3g");

  /** Enough to see that every variant runs and counts right; the values mean nothing. */
  static final Settings SMOKE = new Settings(2, 1, 200, 500, 1, 1, 300, "256m");

  /** Whether it only shows that the code runs. */
  boolean brief() {
    return heap.equals(SMOKE.heap);
  }

  /**
   * Sizes changed by command line options: {@code --rounds 11 --tasks 1000}.
   *
   * @throws IllegalArgumentException if the option is unknown or its value is not a positive number
   */
  Settings with(String option, String value) {
    int number = number(option, value);
    return switch (option) {
      case "--rounds" -> with(number, warmUp, tasks, crowd, runs, seed);
      case "--warm-up" -> with(rounds, number, tasks, crowd, runs, seed);
      case "--tasks" -> with(rounds, warmUp, number, crowd, runs, seed);
      case "--crowd" -> with(rounds, warmUp, tasks, number, runs, seed);
      case "--runs" -> with(rounds, warmUp, tasks, crowd, number, seed);
      case "--seed" -> with(rounds, warmUp, tasks, crowd, runs, number);
      default ->
          throw new IllegalArgumentException(
              "unknown option " + option + "; there are " + Figures.OPTIONS);
    };
  }

  private Settings with(int rounds, int warmUp, int tasks, int crowd, int runs, long seed) {
    return new Settings(rounds, warmUp, tasks, crowd, runs, seed, settleMillis, heap);
  }

  private static int number(String option, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, together with the numbers that are too small.
    }
    throw new IllegalArgumentException(
        option + " was given " + value + "; expected a whole number from 1 up");
  }
}
