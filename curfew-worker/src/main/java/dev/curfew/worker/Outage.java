// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.worker.queue.QueueException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Calls to a queue that fail one after another: says so once, and once more when they work again;
 * makes the pauses longer. For one thread.
 */
final class Outage {
  private static final long SHORTEST_MILLIS = 50;
  private static final long LONGEST_MILLIS = 2_000;

  private final String what;
  private int failures;

  /** What fails, such as {@code can't claim}. */
  Outage(String what) {
    this.what = what;
  }

  /** Another failure; how long to wait before the next try. */
  Duration pause(QueueException failure) {
    if (failures == 0) {
      Log.LOGGER.log(
          Level.WARNING, "the worker {0} and tries again: {1}", what, failure.getMessage());
    }
    failures++;
    long most = Math.min(LONGEST_MILLIS, SHORTEST_MILLIS << Math.min(failures - 1, 10));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }

  void over() {
    if (failures > 0) {
      Log.LOGGER.log(Level.INFO, "the worker''s queue is back after {0} failed calls", failures);
      failures = 0;
    }
  }
}
