// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.time.Host;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many jobs may run at once. Where it adapts: half as many when one was throttled, at most once
 * in a second, because those that ran beside it are throttled, too; one more when as many as may
 * run have gone well (additive increase, multiplicative decrease: Chiu and Jain, 1989).
 */
final class Throttle {
  private static final long WINDOW_NANOS = Duration.ofSeconds(1).toNanos();

  private final int most;
  private final boolean adaptive;

  /** Written under the monitor, read by any thread. */
  private volatile int limit;

  /** Guarded by this. */
  private int wentWell;

  /** Guarded by this; meaningful once it was halved. */
  private long halvedAt;

  /** Guarded by this. */
  private boolean wasHalved;

  private Throttle(int most, boolean adaptive) {
    this.most = most;
    this.adaptive = adaptive;
    limit = most;
  }

  static Throttle of(int most, boolean adaptive) {
    return new Throttle(most, adaptive);
  }

  int limit() {
    return limit;
  }

  /** A job has ended, with this if it was not done. */
  void note(@Nullable Throwable thrown) {
    if (!adaptive) {
      return;
    }
    if (thrown instanceof JobException end && end.isThrottled()) {
      halve();
    } else if (thrown == null) {
      raise();
    }
  }

  private synchronized void halve() {
    long now = Host.current().nanoTime();
    wentWell = 0;
    if (!wasHalved || now - halvedAt >= WINDOW_NANOS) {
      wasHalved = true;
      halvedAt = now;
      limit = Math.max(1, limit / 2);
    }
  }

  private synchronized void raise() {
    wentWell++;
    if (limit < most && wentWell >= limit) {
      wentWell = 0;
      limit++;
    }
  }
}
