// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Many tasks that all block, and the moments at which somebody looks at them: {@link #blocked()}
 * when the last one does, {@link #home()} when the last one has ended.
 */
final class Crowd {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long QUIET_WINDOW_NANOS = Duration.ofMillis(20).toNanos();
  private static final long QUIET_CPU_NANOS = Duration.ofMillis(2).toNanos();

  private final int size;
  private final Kind kind;
  private final Visitor visitor;
  private final AtomicInteger entered = new AtomicInteger();
  private final AtomicInteger left = new AtomicInteger();

  Crowd(int size, Kind kind, Visitor visitor) {
    this.size = size;
    this.kind = kind;
    this.visitor = visitor;
  }

  /** How the tasks block. */
  enum Kind {
    /** Parked until interrupted; then the body returns. */
    PARKED,
    /** Asleep until interrupted; then the body throws. */
    SLEEPING
  }

  /** Looks at the crowd, on the thread that built it. */
  interface Visitor {
    /** All tasks are blocked. What ends them begins when this returns. */
    void blocked() throws Exception;

    /** All tasks have ended. */
    void home();
  }

  int size() {
    return size;
  }

  /** The body of a task: blocks until it is interrupted. */
  void block() throws InterruptedException {
    entered.incrementAndGet();
    try {
      if (kind == Kind.SLEEPING) {
        Thread.sleep(Duration.ofDays(1));
      }
      while (!Thread.currentThread().isInterrupted()) {
        LockSupport.park();
      }
    } finally {
      left.incrementAndGet();
    }
  }

  /** To be called when all tasks were started: waits until all are blocked, then lets look. */
  void blocked() throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (entered.get() < size || !quiet()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "waited "
                + PATIENCE
                + " for "
                + size
                + " tasks to block and the process to go quiet; "
                + entered
                + " have begun");
      }
    }
    visitor.blocked();
  }

  /** To be called when all tasks were joined. */
  void home() {
    visitor.home();
    if (entered.get() != size || left.get() != size) {
      throw new IllegalStateException(
          "expected " + size + " tasks; " + entered + " began and " + left + " ended");
    }
  }

  /** A task has begun a moment before it blocks: only a process without CPU time has none such. */
  private static boolean quiet() {
    long cpu = CpuClock.nanos();
    LockSupport.parkNanos(QUIET_WINDOW_NANOS);
    return CpuClock.nanos() - cpu < QUIET_CPU_NANOS;
  }
}
