// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One measured value, and the goal it is held to.
 *
 * @param what the group of figures that it belongs to
 * @param variant who was measured
 * @param unit of the value, such as {@code ms}
 * @param value null if it could not be measured
 * @param goal the most that the value may be; null if it only stands there for comparison
 * @param note why it was not measured, or how to read it; may be empty
 */
record Figure(
    String what,
    String variant,
    String unit,
    @Nullable Spread value,
    @Nullable Double goal,
    String note) {

  static Figure plain(String what, String variant, String unit, Spread value) {
    return new Figure(what, variant, unit, value, null, "");
  }

  static Figure plain(String what, String variant, String unit, double value) {
    return plain(what, variant, unit, Spread.of(value));
  }

  static Figure missing(String what, String variant, String why) {
    return new Figure(what, variant, "", null, null, why);
  }

  Figure atMost(double most) {
    return new Figure(what, variant, unit, value, most, note);
  }

  Figure noting(String text) {
    return new Figure(what, variant, unit, value, goal, text);
  }

  /** {@code met}, {@code missed}, {@code not measured}, or empty where there is no goal. */
  String verdict() {
    if (value == null) {
      return "not measured";
    }
    if (goal == null) {
      return "";
    }
    return value.median() <= goal ? "met" : "missed";
  }
}
