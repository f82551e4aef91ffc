// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.Cancellation;
import dev.curfew.task.StopSignal;
import dev.curfew.worker.queue.JobOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a failure is tried again, and when it is final. Pauses double from attempt to attempt, and
 * are jittered, so that what failed together does not come back together ("Exponential Backoff And
 * Jitter", Marc Brooker, AWS Architecture Blog, 2015): with full jitter a pause is anything from
 * zero to the doubled one, with equal jitter from half of that.
 *
 * <p>An interruption is never retried. Immutable; each method returns another.
 */
public final class Retry {
  private static final Duration BASE = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(5);
  static final int DEEPEST_CAUSE = 20;

  private final int attempts;
  private final Duration base;
  private final Duration longest;
  private final boolean full;
  private final List<Class<? extends Throwable>> only;
  private final List<Class<? extends Throwable>> never;

  private Retry(
      int attempts,
      Duration base,
      Duration longest,
      boolean full,
      List<Class<? extends Throwable>> only,
      List<Class<? extends Throwable>> never) {
    this.attempts = attempts;
    this.base = base;
    this.longest = longest;
    this.full = full;
    this.only = only;
    this.never = never;
  }

  /**
   * So many attempts, the first included; pauses from 1 s to 5 min, full jitter.
   *
   * @param attempts how many, at least 1
   * @return a policy
   * @throws IllegalArgumentException if it is less
   */
  public static Retry atMost(int attempts) {
    if (attempts < 1) {
      throw new IllegalArgumentException(
          "Retry: at most " + attempts + " attempts; give at least 1, the first included");
    }
    return new Retry(attempts, BASE, LONGEST, true, List.of(), List.of());
  }

  /**
   * The same with other pauses.
   *
   * @param newBase after the first attempt, before jitter
   * @param newLongest no pause is longer
   * @return a policy
   * @throws IllegalArgumentException if one is not positive, or the longest is shorter
   */
  public Retry withBackoff(Duration newBase, Duration newLongest) {
    if (newBase.isZero() || newBase.isNegative() || newLongest.compareTo(newBase) < 0) {
      throw new IllegalArgumentException(
          "Retry: pauses from "
              + newBase
              + " to "
              + newLongest
              + "; give positive durations, the shorter one first");
    }
    return new Retry(attempts, newBase, newLongest, full, only, never);
  }

  /**
   * The same with pauses of at least half their length: for an upstream that throttles.
   *
   * @return a policy
   */
  public Retry withEqualJitter() {
    return new Retry(attempts, base, longest, false, only, never);
  }

  /**
   * The same, with every failure final that is none of these.
   *
   * @param types what may pass; looked for in the failure, and in what an {@code
   *     ExecutionException} or the like has wrapped
   * @return a policy
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // Only read.
  public final Retry onlyOn(Class<? extends Throwable>... types) {
    return new Retry(attempts, base, longest, full, List.of(types), never);
  }

  /**
   * The same, with these failures final.
   *
   * @param types what will not pass; looked for as by {@link #onlyOn}
   * @return a policy
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // Only read.
  public final Retry neverOn(Class<? extends Throwable>... types) {
    return new Retry(attempts, base, longest, full, only, List.of(types));
  }

  // ---- for a worker

  /** What becomes of a job whose attempt has failed. */
  JobOutcome after(Throwable failure, int attempt) {
    String why = FailureLine.of(failure);
    if (isFinal(failure)) {
      return new JobOutcome.Dead(why);
    }
    if (attempt >= attempts) {
      // Not "failed 3 times": one that has taken its process down is counted, too.
      return new JobOutcome.Dead(
          "attempt " + attempt + " of at most " + attempts + " failed: " + why);
    }
    return new JobOutcome.RetryAfter(pause(attempt), true, why);
  }

  private boolean isFinal(Throwable failure) {
    return isOneOf(never, failure) || (!only.isEmpty() && !isOneOf(only, failure));
  }

  private static boolean isOneOf(List<Class<? extends Throwable>> types, Throwable failure) {
    Throwable looked = failure;
    for (int i = 0; looked != null && i < DEEPEST_CAUSE; i++) {
      Throwable now = looked;
      if (types.stream().anyMatch(type -> type.isInstance(now))) {
        return true;
      }
      looked = isWrapper(looked) ? looked.getCause() : null;
    }
    return false;
  }

  static boolean isWrapper(Throwable failure) {
    return failure instanceof java.util.concurrent.ExecutionException
        || failure instanceof java.util.concurrent.CompletionException
        || failure instanceof java.io.UncheckedIOException;
  }

  /** After this attempt, from 1 on, as it may be at most. */
  Duration mostAfter(int attempt) {
    Duration pause = base;
    for (int i = 1; i < attempt && pause.compareTo(longest) < 0; i++) {
      pause = pause.plus(pause);
    }
    return pause.compareTo(longest) > 0 ? longest : pause;
  }

  private Duration pause(int attempt) {
    Duration most = mostAfter(attempt);
    return full ? Jitter.full(most) : Jitter.equal(most);
  }

  // ---- for everybody

  /**
   * Calls something until it returns, or fails for good. For work that has no queue to go back to:
   * the pauses hold the calling thread. They end at once when the stop is asked for, and the last
   * failure is thrown then. A {@link JobException} is no failure: it is thrown on at once.
   *
   * @param stop ends the pauses
   * @param body what is tried
   * @param <T> what it returns
   * @return what it returned
   * @throws Exception what it threw last, with what it threw before suppressed
   * @throws InterruptedException if it threw one, or a pause was interrupted
   */
  public <T extends @Nullable Object> T call(StopSignal stop, Callable<? extends T> body)
      throws Exception {
    Exception first = null;
    for (int attempt = 1; ; attempt++) {
      try {
        return body.call();
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        if (first != null && !first.equals(e)) {
          e.addSuppressed(first);
        }
        first = e;
        if (JobException.in(e) != null) {
          throw e; // An answer.
        }
        boolean isLast = attempt >= attempts || isFinal(e) || Cancellation.isCancelled();
        if (isLast || stop.await(pause(attempt))) {
          throw e;
        }
      }
    }
  }

  @Override
  public String toString() {
    return "at most "
        + attempts
        + " attempts, pauses of "
        + base
        + " to "
        + longest
        + (full ? ", full jitter" : ", equal jitter");
  }

  /** Where chance comes in. */
  static final class Jitter {
    private Jitter() {}

    /** From zero to this. */
    static Duration full(Duration most) {
      return Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos(most) + 1));
    }

    /** From half of this to this. */
    static Duration equal(Duration most) {
      long nanos = nanos(most);
      return Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos + 1));
    }

    /** This, and a little more: up to a tenth, and at least up to 50 ms. */
    static Duration above(Duration least) {
      long more = Math.max(50_000_000, nanos(least) / 10);
      return least.plusNanos(ThreadLocalRandom.current().nextLong(1, more + 1));
    }

    private static long nanos(Duration duration) {
      Objects.requireNonNull(duration);
      return Math.max(
          0,
          Math.min(duration.toDays(), 36_500) == 36_500
              ? Duration.ofDays(36_500).toNanos()
              : duration.toNanos());
    }
  }
}
