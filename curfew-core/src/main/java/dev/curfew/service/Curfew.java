// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.time.Duration;
import java.util.Objects;

/**
 * The budget of a stop: one total, and how far each stage may reach into it. Marks, not time-outs:
 * the time that a stage does not need goes to the next. At the total the process ends.
 *
 * @param unready how long to go on serving with readiness off
 * @param drain when what is in flight is cancelled
 * @param cancel when what is still out is abandoned
 * @param close when resources that are not closed are left
 * @param total when the process ends, whatever hangs
 */
public record Curfew(
    Duration unready, Duration drain, Duration cancel, Duration close, Duration total) {
  /** Writing a report on a busy machine takes as long in a short stop as in a long one. */
  private static final Duration REPORT = Duration.ofMillis(500);

  /** Marks are readings of a clock of nanoseconds; a stop that takes longer has no end at all. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** 25 s: Kubernetes kills at 30 s, and its preStop time counts inside. */
  public static final Curfew DEFAULT = of(Duration.ofSeconds(25));

  /**
   * Rejects stages that are not in order or exceed the total, and a total of more than a century.
   *
   * @throws IllegalArgumentException if so; the message names the stage
   */
  public Curfew {
    requireTotal(total);
    requireGiven("unready", unready);
    if (unready.isNegative()) {
      throw new IllegalArgumentException(
          "Curfew: unready is " + unready + "; give zero or a positive duration");
    }
    requireOrder("unready", unready, "drain", drain);
    requireOrder("drain", drain, "cancel", cancel);
    requireOrder("cancel", cancel, "close", close);
    requireOrder("close", close, "total", total);
  }

  /**
   * A budget whose stages are those of the default, scaled: unready 5, drain 17, cancel 21, close
   * 24, total 25. What lies between the close mark and the total is for the report and the exit: at
   * least 500 ms, or a fifth of a total of less than 2.5 s; the stages before it give way.
   *
   * @param total when the process ends
   * @return the budget
   * @throws IllegalArgumentException if the total is zero, negative or more than a century
   */
  public static Curfew of(Duration total) {
    requireTotal(total);
    Duration close = total.minus(forReport(total));
    return new Curfew(scale(close, 5), scale(close, 17), scale(close, 21), close, total);
  }

  private static Duration forReport(Duration total) {
    Duration scaled = total.dividedBy(25);
    Duration fifth = total.dividedBy(5);
    Duration least = fifth.compareTo(REPORT) < 0 ? fifth : REPORT;
    return scaled.compareTo(least) < 0 ? least : scaled;
  }

  /** Parts of 24: the default's close mark, in seconds. */
  private static Duration scale(Duration close, long part) {
    return close.multipliedBy(part).dividedBy(24);
  }

  private static void requireTotal(Duration total) {
    requireGiven("total", total);
    if (total.isNegative() || total.isZero()) {
      throw new IllegalArgumentException(
          "Curfew: total is " + total + "; give a positive duration, such as 25 s");
    }
    if (total.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "Curfew: total is "
              + total
              + ", more than a century; give the time after which the process may end with work"
              + " undone, such as 25 s");
    }
  }

  private static void requireGiven(String stage, Duration duration) {
    Objects.requireNonNull(
        duration, () -> "Curfew: " + stage + " was null, expected a duration, such as 25 s");
  }

  private static void requireOrder(String earlier, Duration first, String later, Duration second) {
    requireGiven(later, second);
    if (first.compareTo(second) > 0) {
      throw new IllegalArgumentException(
          "Curfew: "
              + earlier
              + " is "
              + first
              + ", after "
              + later
              + " at "
              + second
              + "; each stage is a mark counted from the start of the stop,"
              + " so give them in the order unready, drain, cancel, close, total");
    }
  }
}
