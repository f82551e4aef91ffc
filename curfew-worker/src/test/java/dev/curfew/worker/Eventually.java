// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread will bring about; fails with the name of what did not come. */
final class Eventually {
  private Eventually() {}

  static void that(String what, BooleanSupplier holds) {
    Deadline limit = Deadline.in(Duration.ofSeconds(20));
    while (!holds.getAsBoolean()) {
      if (limit.hasPassed()) {
        throw new AssertionError("waited 20 s in vain for: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
