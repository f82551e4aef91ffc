// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What has to happen at a deadline: one daemon thread for the process, there while it has something
 * to wait for. Each timer fires on a helper, because what it does may run foreign code.
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
final class Timers {
  /** The thread stays this long without a timer, so that a busy process does not start it over. */
  private static final long LINGER_NANOS = 1_000_000_000;

  private static final int ATTEMPTS = 3;
  private static final long PAUSE_NANOS = 10_000_000;

  /** Something that happens once, at its deadline, unless it is removed before. */
  abstract static class Timer implements Comparable<Timer> {
    final Deadline at;
    final long nanos;

    Timer(Deadline at) {
      this.at = at;
      nanos = Host.current().nanoTime() + Math.min(at.remainingNanos(), Long.MAX_VALUE / 4);
    }

    /** A helper's thread. */
    abstract void fire();

    /** Whether there is nothing left to do; on the timers' thread, so it must be quick. */
    boolean isMoot() {
      return false;
    }

    @Override
    public final int compareTo(Timer other) {
      return Long.signum(nanos - other.nanos);
    }

    @Override
    public final boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public final int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Guarded by the lock of QUEUE, as is {@link #thread}. */
  private static final PriorityQueue<Timer> QUEUE = new PriorityQueue<>();

  private static @Nullable Thread thread;

  private Timers() {}

  /** Any thread. A timer that never fires is not kept. */
  static void add(Timer timer) {
    if (timer.at.equals(Deadline.never())) {
      return;
    }
    synchronized (QUEUE) {
      QUEUE.add(timer);
      if (thread == null) {
        thread = start();
      } else if (QUEUE.peek() == timer) {
        LockSupport.unpark(thread);
      }
    }
  }

  /**
   * Null if there is no thread to be had: then the next who adds or removes a timer tries again. A
   * cancel, or a block, must not break off for it.
   */
  private static @Nullable Thread start() {
    try {
      Thread fresh = Host.current().sharedThread("curfew-timers", Timers::work);
      fresh.start();
      return fresh;
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  /** Any thread. It may be about to fire all the same. */
  static void remove(Timer timer) {
    synchronized (QUEUE) {
      QUEUE.remove(timer);
      if (thread == null && !QUEUE.isEmpty()) {
        thread = start();
      }
    }
  }

  /**
   * On a helper. If neither a helper nor memory for one is to be had, again a moment later: this
   * thread must go on, or no deadline would ever bind any more.
   */
  private static void fire(Timer due) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        Helpers.run("curfew-timer", due::fire);
        return;
      } catch (Throwable t) {
        // Throwable: out of memory, or what it fell back to running here has thrown.
        Host.current().parkNanos(QUEUE, PAUSE_NANOS);
      }
    }
  }

  private static void work() {
    long idleSince = Host.current().nanoTime();
    for (; ; ) {
      Timer due = null;
      long wait;
      synchronized (QUEUE) {
        long now = Host.current().nanoTime();
        Timer next = QUEUE.peek();
        if (next == null) {
          wait = LINGER_NANOS - (now - idleSince);
          if (wait <= 0) {
            thread = null;
            return;
          }
        } else {
          idleSince = now;
          wait = next.nanos - now;
          if (wait <= 0) {
            due = QUEUE.poll();
          }
        }
      }
      if (due != null && !due.isMoot()) {
        fire(due);
      } else if (due == null) {
        // Not longer, as nobody wakes it when its timer is removed: that is what nearly all are.
        Host.current().parkNanos(QUEUE, Math.min(wait, LINGER_NANOS));
      }
    }
  }
}
