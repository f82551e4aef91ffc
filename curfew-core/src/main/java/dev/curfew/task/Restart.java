// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.time.Duration;
import java.util.Objects;

/**
 * When a supervised task is run again after a failure, and when it is not any more; see {@link
 * TaskGroup#supervise}. Immutable.
 *
 * <p>The pause before a restart is {@code first}, doubled for each restart that lies no further
 * back than {@code window}, and never longer than {@code longest}. So a task that has run for a
 * whole window begins with the first pause again. Of each pause a random part, up to {@code
 * jitter}, is left out, so that those that failed together do not come back together.
 *
 * <pre>{@code
 * group.supervise("feed", Restart.atMost(5, Duration.ofMinutes(1)), stop -> feed.follow(stop));
 * }</pre>
 *
 * @param most so many restarts within the window; the next failure is the task's
 * @param window over which restarts are counted
 * @param first the first pause
 * @param longest the longest pause
 * @param jitter the largest part of a pause that may be left out, from 0 to 1
 */
public record Restart(int most, Duration window, Duration first, Duration longest, double jitter) {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static final double JITTER = 0.5;

  /** Rejects what makes no sense, and a limit that could never be reached. */
  public Restart {
    if (most < 1) {
      throw new IllegalArgumentException(
          "Restart: at most " + most + " restarts; give at least 1, or start a background task");
    }
    positive("window", window);
    positive("first pause", first);
    positive("longest pause", longest);
    if (longest.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "Restart: the longest pause, "
              + longest
              + ", is shorter than the first, "
              + first
              + "; give one that is not");
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException(
          "Restart: the jitter is " + jitter + "; give a part of the pause, from 0 to 1");
    }
    double pauses = 0;
    double pause = seconds(first);
    int left = most;
    for (; left > 0 && pause < seconds(longest); left--) {
      pauses += pause;
      pause *= 2;
    }
    pauses += left * seconds(longest);
    if (pauses >= seconds(window)) {
      throw new IllegalArgumentException(
          "Restart: the pauses before "
              + most
              + " restarts may take "
              + Duration.ofMillis((long) (pauses * 1000))
              + ", longer than the window of "
              + window
              + ", so the limit could never be reached; give a longer window, fewer restarts, or"
              + " shorter pauses");
    }
  }

  /**
   * At most so many restarts within a window. Pauses begin with 100 ms and grow to 10 s, or less if
   * so many of them would not fit in half of the window; the jitter is a half.
   *
   * @param restarts how many, at least 1
   * @param window over which they are counted
   * @return a policy
   * @throws IllegalArgumentException if the number is less than 1, or the window not positive
   */
  public static Restart atMost(int restarts, Duration window) {
    positive("window", window);
    Duration longest = window.dividedBy(2L * Math.max(1, restarts));
    longest = longest.compareTo(LONGEST) > 0 ? LONGEST : longest;
    longest = longest.isZero() ? Duration.ofNanos(1) : longest;
    return new Restart(
        restarts, window, FIRST.compareTo(longest) > 0 ? longest : FIRST, longest, JITTER);
  }

  /**
   * The same with other pauses.
   *
   * @param newFirst the first pause
   * @param newLongest the longest one
   * @return a policy
   * @throws IllegalArgumentException if one is not positive, the longest is shorter than the first,
   *     or the limit could never be reached
   */
  public Restart withBackoff(Duration newFirst, Duration newLongest) {
    return new Restart(most, window, newFirst, newLongest, jitter);
  }

  /**
   * The same with another jitter.
   *
   * @param newJitter from 0, for none, to 1
   * @return a policy
   * @throws IllegalArgumentException if it is out of this range
   */
  public Restart withJitter(double newJitter) {
    return new Restart(most, window, first, longest, newJitter);
  }

  /** The pause before the next restart, with nothing left out. */
  Duration pauseAfter(int restartsInWindow) {
    Duration pause = first;
    for (int i = 0; i < restartsInWindow && pause.compareTo(longest) < 0; i++) {
      pause = pause.plus(pause);
    }
    return pause.compareTo(longest) > 0 ? longest : pause;
  }

  private static void positive(String what, Duration time) {
    Objects.requireNonNull(time, what + " was null, expected a Duration");
    if (time.isZero() || time.isNegative()) {
      throw new IllegalArgumentException(
          "Restart: the " + what + " is " + time + "; give a positive duration");
    }
  }

  private static double seconds(Duration time) {
    return time.toSeconds() + time.toNanosPart() / 1e9;
  }
}
