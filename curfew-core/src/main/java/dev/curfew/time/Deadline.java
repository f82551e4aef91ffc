// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A moment after which something must have ended, on the monotonic clock of {@link Host#current()}.
 * Immutable; any thread may use it. It means nothing in another process.
 *
 * <p>Moments are compared by difference, so the clock may wrap around. A deadline further away than
 * 146 years ({@code Long.MAX_VALUE / 2} nanoseconds) is {@link #never()}.
 */
public final class Deadline {

  /** Half the range of the clock, so that the difference between any two moments fits a long. */
  private static final long FURTHEST = Long.MAX_VALUE / 2;

  private static final Deadline NEVER = new Deadline(0, true);

  private final long nanoTime;
  private final boolean never;

  private Deadline(long nanoTime, boolean never) {
    this.nanoTime = nanoTime;
    this.never = never;
  }

  /**
   * The deadline that is {@code time} from now.
   *
   * @param time how long from now; zero or less gives a deadline that has already passed, a time
   *     beyond 146 years one that never passes
   * @return the deadline
   * @throws NullPointerException if {@code time} is null
   */
  public static Deadline in(Duration time) {
    Objects.requireNonNull(
        time, "time was null, expected a Duration; for no limit use Deadline.never()");
    // Seconds decide before nanoseconds are computed, which would overflow for huge durations.
    if (time.toSeconds() >= FURTHEST / 1_000_000_000L) {
      return NEVER;
    }
    long nanos = time.isNegative() ? 0 : time.toNanos();
    return at(Host.current().nanoTime() + nanos);
  }

  /**
   * The deadline at a reading of the monotonic clock.
   *
   * @param nanoTime a reading of {@link Host#nanoTime()}, or one plus or minus up to 146 years
   * @return the deadline
   */
  public static Deadline at(long nanoTime) {
    return new Deadline(nanoTime, false);
  }

  /**
   * The deadline that never passes.
   *
   * @return the same object at every call
   */
  public static Deadline never() {
    return NEVER;
  }

  /**
   * The time that is left.
   *
   * @return zero if the deadline has passed; 2<sup>63</sup> - 1 nanoseconds (292 years) for {@link
   *     #never()}
   */
  public Duration remaining() {
    return Duration.ofNanos(remainingNanos());
  }

  /**
   * The time that is left, fit for {@link Host#parkNanos}.
   *
   * @return nanoseconds, zero if the deadline has passed, {@link Long#MAX_VALUE} for {@link
   *     #never()}
   */
  public long remainingNanos() {
    return never ? Long.MAX_VALUE : Math.max(0, nanoTime - Host.current().nanoTime());
  }

  /**
   * Whether no time is left.
   *
   * @return true from the very moment of the deadline on
   */
  public boolean hasPassed() {
    return remainingNanos() == 0;
  }

  /**
   * The one of two deadlines that passes first.
   *
   * @param other the other one
   * @return this deadline if both pass at the same moment
   * @throws NullPointerException if {@code other} is null
   */
  public Deadline earlier(Deadline other) {
    Objects.requireNonNull(
        other, "other was null, expected a Deadline; for no limit use Deadline.never()");
    if (other.never) {
      return this;
    }
    return never || other.nanoTime - nanoTime < 0 ? other : this;
  }

  /** Two deadlines are equal if they pass at the same moment, or both never. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Deadline that && nanoTime == that.nanoTime && never == that.never;
  }

  @Override
  public int hashCode() {
    return never ? 1 : Long.hashCode(nanoTime);
  }

  /** {@code never}, or the time that is left or has gone by, as seen now. */
  @Override
  public String toString() {
    if (never) {
      return "never";
    }
    long left = nanoTime - Host.current().nanoTime();
    return left > 0
        ? "in " + Duration.ofNanos(left)
        : "passed " + Duration.ofNanos(left).negated() + " ago";
  }
}
