// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends the process at the deadline, whatever hangs. Runs from the service's start and does nothing
 * but halt; it goes on watching while foreign shutdown hooks run.
 *
 * <p>Halting needs no lock, no memory and no class that is not loaded: a process that has run out
 * of memory is one of those it must be able to end. So everything it will call is called once, at
 * once, by its own thread. What it can't help: ending a JVM needs a safepoint, which code without
 * one delays.
 */
final class Watchdog implements Runnable {
  /** The exit code of a stop that was forced. */
  static final int FORCED = 75;

  /** While a stop is under way it looks this often, so that it sees when it did not run. */
  private static final long TICK = 100_000_000L;

  /** So much later than asked means: the process was suspended. */
  private static final long SUSPENDED = 1_000_000_000L;

  /** What a process that was suspended past its deadline gets, once. */
  private static final long ALLOWANCE = 1_000_000_000L;

  /** Further away than any curfew; half the clock's range, so that differences fit. */
  private static final long NEVER = Long.MAX_VALUE / 2;

  private final Ending ending;

  /** A moment of the monotonic clock. Only ever lowered, by any thread; read by the watchdog. */
  private final AtomicLong deadline;

  /**
   * With what it will halt. Starts as {@link #FORCED}; lowered by the warden after the final
   * accounting, set to 130 by a second SIGINT.
   */
  private volatile int exitCode = FORCED;

  /** Set by the watchdog once all that it needs was touched. */
  private final Gate ready = new Gate();

  private final Thread thread;

  Watchdog(Ending ending) {
    Host host = Host.current();
    this.ending = ending;
    this.deadline = new AtomicLong(host.nanoTime() + NEVER);
    this.thread = host.sharedThread("curfew-watchdog", this);
  }

  /** Starts watching; returns when it is able to halt. */
  void start() {
    thread.start();
    ready.awaitFirmly(Deadline.never());
  }

  /** The process ends at this moment of the monotonic clock, unless it was to end earlier. */
  void lower(long nanoTime) {
    long seen = deadline.get();
    while (nanoTime - seen < 0 && !deadline.compareAndSet(seen, nanoTime)) {
      seen = deadline.get();
    }
    LockSupport.unpark(thread);
  }

  /** Halts with this code from now on. */
  void exitCode(int code) {
    exitCode = code;
  }

  int exitCode() {
    return exitCode;
  }

  @Override
  public void run() {
    Host host = Host.current();
    host.parkNanos(this, 1);
    end(true);
    ready.open();
    watch(host);
  }

  private void watch(Host host) {
    long before = host.nanoTime();
    long asked = 0;
    boolean allowed = false;
    long allowance = 0;
    while (true) {
      long now = host.nanoTime();
      long left = deadline.get() - now;
      if (left <= 0) {
        if (!allowed && asked <= TICK && now - before - asked > SUSPENDED) {
          allowed = true;
          allowance = now + ALLOWANCE;
        }
        left = allowed ? allowance - now : left;
        if (left <= 0) {
          end(false);
          return;
        }
      }
      before = now;
      boolean armed = left < NEVER / 2;
      asked = armed ? Math.min(left, TICK) : Long.MAX_VALUE;
      host.parkNanos(this, asked);
      // It answers to nobody: a flag left set would make it spin until the deadline.
      Thread.interrupted();
    }
  }

  /** The last call of the process; a dry run takes every step but the last. */
  private void end(boolean dry) {
    int code = exitCode;
    if (!dry) {
      ending.halt(code);
    }
  }
}
