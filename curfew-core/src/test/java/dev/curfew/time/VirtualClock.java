// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A clock that stands still until it is moved to the next time-out. */
final class VirtualClock {

  /** Wakes a thread, unless what it was set for is over by then. */
  static final class Timer implements Comparable<Timer> {
    private final long at;
    private final long number;
    private final Thread thread;
    private boolean over;

    private Timer(long at, long number, Thread thread) {
      this.at = at;
      this.number = number;
      this.thread = thread;
    }

    void cancel() {
      over = true;
    }

    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private final long origin;
  private long elapsed;
  private long made;

  VirtualClock(long origin) {
    this.origin = origin;
  }

  /** Wraps around, as the real one may. */
  long nanoTime() {
    return origin + elapsed;
  }

  long elapsedNanos() {
    return elapsed;
  }

  Duration elapsed() {
    return Duration.ofNanos(elapsed);
  }

  Timer wakeAfter(long nanos, Thread thread) {
    long at = elapsed + nanos < 0 ? Long.MAX_VALUE : elapsed + nanos;
    Timer timer = new Timer(at, made++, thread);
    timers.add(timer);
    return timer;
  }

  /** How long after the beginning the next time-out is, in nanoseconds; -1 if there is none. */
  long next() {
    Timer next = nextTimer();
    return next == null ? -1 : next.at;
  }

  /** Moves to the next time-out and wakes all threads whose time it is. */
  void advance() {
    elapsed = next();
    for (Timer due = nextTimer(); due != null && due.at == elapsed; due = nextTimer()) {
      timers.remove();
      LockSupport.unpark(due.thread);
    }
  }

  private @Nullable Timer nextTimer() {
    Timer next = timers.peek();
    while (next != null && next.over) {
      timers.remove();
      next = timers.peek();
    }
    return next;
  }
}
