// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A resource that closes in two steps: first it takes nothing new and what is in flight may end,
 * then what is still in flight is interrupted.
 *
 * <p>Of the time up to the limit, the last part (a quarter, at most {@link #LAST_WAIT}) belongs to
 * the second step, so that a close which had to interrupt still returns by its limit.
 */
abstract class Draining implements Managed {
  /** How long interrupted work has to end; also beyond a limit that there is none of. */
  static final Duration LAST_WAIT = Duration.ofMillis(500);

  /** Beyond a limit that has passed: even an idle thread needs a moment to end. */
  private static final Duration LEAST_WAIT = Duration.ofMillis(50);

  /** The limit is looked at again this often; it need not be on the clock that the JDK waits by. */
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Takes nothing new; returns at once; harmless when repeated. */
  abstract void shutDown();

  /**
   * Ends what is in flight; does not wait for it; harmless when repeated.
   *
   * @param busy whether something is known to be in flight, because waiting for it was in vain
   */
  abstract void interruptAll(boolean busy);

  /** Waits until nothing is in flight, at most so many nanoseconds. */
  abstract boolean await(long nanos) throws InterruptedException;

  /** Whether nothing is in flight and nothing will be. */
  abstract boolean hasEnded();

  /** Whether to wait no longer although time is left, because it would be in vain. */
  boolean isInVain(long nanosLeft) {
    return false;
  }

  /** For the message of a close that failed: what has not ended. */
  abstract String stillThere();

  @Override
  public final void cancel() {
    interruptAll(false);
  }

  /**
   * Closes; an interrupt of the calling thread leads straight to the second step, and is kept.
   *
   * @throws TimeoutException if something is still in flight at the end
   */
  @Override
  public final void close(Deadline limit) throws TimeoutException {
    shutDown();
    boolean busy = false;
    boolean interrupted = false;
    try {
      busy = drain(limit);
    } catch (InterruptedException hurry) {
      interrupted = true;
    }
    boolean ended = hasEnded();
    if (!ended) {
      interruptAll(busy);
      Deadline last = limit.earlier(Deadline.in(LAST_WAIT));
      if (last.remaining().compareTo(LEAST_WAIT) < 0) {
        last = Deadline.in(LEAST_WAIT);
      }
      while (!ended && !last.hasPassed()) {
        try {
          ended = await(Math.min(SLICE_NANOS, last.remainingNanos()));
        } catch (InterruptedException again) {
          // Only remembered: this wait is short, and without it nothing could be said.
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!ended && !hasEnded()) {
      throw new TimeoutException(stillThere());
    }
  }

  /** Whether the time was long enough to tell that something is in flight, and something was. */
  private boolean drain(Deadline limit) throws InterruptedException {
    long time = limit.remainingNanos();
    long reserve = Math.min(LAST_WAIT.toNanos(), time / 4);
    while (!hasEnded()) {
      long left = limit.remainingNanos() - reserve;
      if (left <= 0) {
        return time - reserve > LEAST_WAIT.toNanos();
      }
      if (await(Math.min(SLICE_NANOS, left))) {
        return false;
      }
      // Looked at twice: what is on its way from a queue to its thread is seen in neither.
      if (isInVain(left) && !await(SLICE_NANOS / 10) && isInVain(left)) {
        return false;
      }
    }
    return false;
  }
}
