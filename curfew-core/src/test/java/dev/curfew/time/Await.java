// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Waits in real time for what other threads do, and says what it waited for when it was in vain.
 * Under the microscope use {@link Microscope#await} instead.
 */
public final class Await {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Await() {}

  /**
   * Waits until the condition holds, 20 seconds at most.
   *
   * @param what what is waited for, as in "the worker to park"
   */
  public static void until(String what, BooleanSupplier condition) throws InterruptedException {
    until(what, LIMIT, condition);
  }

  /**
   * Waits until the condition holds.
   *
   * @param what what is waited for, as in "the worker to park"
   * @param limit how long, at most
   * @throws AssertionError if the condition did not hold in time
   */
  public static void until(String what, Duration limit, BooleanSupplier condition)
      throws InterruptedException {
    if (!holdsWithin(limit, condition)) {
      throw new AssertionError("waited " + limit + " in vain for " + what);
    }
  }

  /** Waits until the thread has ended, 20 seconds at most. */
  public static void end(Thread thread) throws InterruptedException {
    if (!thread.join(LIMIT)) {
      throw new AssertionError("waited " + LIMIT + " in vain for the end of " + describe(thread));
    }
  }

  /** Waits until the thread is in that state, 20 seconds at most. */
  public static void state(Thread thread, Thread.State state) throws InterruptedException {
    if (!holdsWithin(LIMIT, () -> thread.getState() == state)) {
      throw new AssertionError(
          "waited " + LIMIT + " in vain for state " + state + " of " + describe(thread));
    }
  }

  static boolean holdsWithin(Duration limit, BooleanSupplier condition)
      throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        return false;
      }
      Thread.sleep(1);
    }
    return true;
  }

  static String describe(Thread thread) {
    return thread
        + Arrays.stream(thread.getStackTrace())
            .map(frame -> "\n        at " + frame)
            .collect(Collectors.joining());
  }
}
