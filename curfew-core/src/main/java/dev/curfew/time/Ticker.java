// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The monotonic clock for who reads it a million times a second: then one thread reads it every few
 * milliseconds, and all others read what that has written down, which costs next to nothing.
 * Otherwise each reads the clock itself.
 *
 * <p>The thread ends by itself after a few ticks, however busy it is; if there are as many readings
 * still, the next one is soon there. So what is read while it ticks need not be counted.
 */
final class Ticker {
  private static final long TICK_NANOS = 5_000_000;
  private static final int TICKS = 20;

  /** So many readings within a tick are worth a thread. */
  private static final int MANY = 512;

  private static final long NOBODY_TICKS = Long.MIN_VALUE;

  /** Written by the thread that ticks only: whatever becomes of the one that started it. */
  private static final AtomicLong NOW = new AtomicLong(NOBODY_TICKS);

  // Plain, and written by any thread: a reading that is not counted does no harm.
  private static int readings;
  private static long countedSince;

  private Ticker() {}

  /** The time now, or a tick ago at most: longer only if the thread that ticks gets no CPU. */
  static long nanoTime() {
    long known = NOW.get();
    return known != NOBODY_TICKS ? known : exactly();
  }

  private static long exactly() {
    long now = System.nanoTime();
    if (++readings >= MANY) {
      readings = 0;
      if (now - countedSince < TICK_NANOS) {
        start();
      }
      countedSince = now;
    }
    return now;
  }

  private static void start() {
    try {
      Thread.ofPlatform()
          .name("curfew-ticker")
          .daemon(true)
          .inheritInheritableThreadLocals(false)
          .start(Ticker::tick);
    } catch (Throwable t) {
      // Throwable: without memory, stack or threads each goes on reading the clock itself. Not
      // tried again soon, since the JVM prints a warning for each thread that it can't start.
      readings = Integer.MIN_VALUE;
    }
  }

  private static void tick() {
    if (!NOW.compareAndSet(NOBODY_TICKS, System.nanoTime())) {
      return;
    }
    try {
      for (int i = 0; i < TICKS; i++) {
        LockSupport.parkNanos(TICK_NANOS);
        NOW.set(System.nanoTime());
      }
    } finally {
      NOW.set(NOBODY_TICKS);
    }
  }
}
