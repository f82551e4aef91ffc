// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * What the host gives: time, waiting and threads. Core reads all three only through here.
 *
 * <p>There is one host at a time. It is the JVM's own clock and threads, unless a test has put
 * another in its place, whose clock stands still until nothing can run and whose threads run one at
 * a time in an order that replays from a seed.
 *
 * <p>All methods may be called by any thread.
 */
public abstract class Host {

  /** Read once, so that a JIT removes {@link #step} where nobody looks. */
  static final boolean STEPS = Boolean.getBoolean("curfew.microscope");

  /** Written by tests through {@link #install}, read by any thread. */
  private static volatile Host current = new SystemHost();

  /** For the hosts of this package and of its tests. */
  protected Host() {}

  /**
   * The host that time, waiting and threads come from now.
   *
   * @return the host, never null
   */
  public static Host current() {
    return current;
  }

  /**
   * Puts another host in the place of the current one; for tests, which put the previous one back.
   */
  static Host install(Host host) {
    Host previous = current;
    current = Objects.requireNonNull(host, "host");
    return previous;
  }

  /**
   * Marks a point between two steps of an algorithm where another thread may come in between. Does
   * nothing, unless the system property {@code curfew.microscope} was {@code true} when this class
   * was loaded: then the current host may let other threads run first.
   */
  public static void step() {
    if (STEPS) {
      current.yieldPoint();
    }
  }

  /**
   * The monotonic clock. Only differences between two readings mean anything; compare them by
   * difference, because the value may wrap around.
   *
   * @return nanoseconds since an arbitrary moment, which may be negative
   */
  public abstract long nanoTime();

  /**
   * The monotonic clock, perhaps some milliseconds late: for what is noted very often, and shown to
   * people. While it is read very often, that costs a tenth of {@link #nanoTime}.
   *
   * @return nanoseconds since the same moment as {@link #nanoTime}
   */
  public long coarseNanoTime() {
    return nanoTime();
  }

  /**
   * The wall clock, for people to read. It may jump; never measure with it.
   *
   * @return the current instant
   */
  public abstract Instant wallTime();

  /**
   * Blocks the current thread until it is unparked ({@link LockSupport#unpark}), interrupted, the
   * time is over, or for no reason, as {@link LockSupport} does: the caller checks its condition
   * again. Neither throws on interrupt nor clears the thread's interrupt flag.
   *
   * @param blocker what the thread waits for, shown by thread dumps
   * @param nanos the limit in nanoseconds; {@link Long#MAX_VALUE} for none, zero or less to return
   *     at once
   */
  public abstract void parkNanos(Object blocker, long nanos);

  /**
   * Makes a virtual thread that inherits inheritable thread locals, as {@code
   * Thread.ofVirtual().unstarted(body)} does, without a builder for each thread.
   *
   * @param body what the thread runs
   * @return the thread, not started, without a name
   */
  public abstract Thread virtualThread(Runnable body);

  /**
   * Makes a daemon thread of the operating system.
   *
   * @param name its name
   * @param body what the thread runs
   * @return the thread, not started
   */
  public abstract Thread platformThread(String name, Runnable body);

  /**
   * Makes a daemon thread of the operating system for Curfew's own use, which serves many: whoever
   * happens to need it first must not lend it a class loader and inheritable thread locals.
   *
   * @param name its name
   * @param body what the thread runs
   * @return the thread, not started
   */
  public Thread sharedThread(String name, Runnable body) {
    return platformThread(name, body);
  }

  /**
   * Lets other threads run first, where this host controls the order of threads; what {@link #step}
   * calls. Does nothing unless overridden.
   */
  protected void yieldPoint() {}

  /**
   * The JVM's own clock and threads. Nested and private, so that no thread can initialize it but on
   * its way through {@link Host}: two classes that need each other could wait for each other.
   */
  private static final class SystemHost extends Host {

    /** Shared, because a builder for each thread would be garbage for each task. */
    private final ThreadFactory virtualThreads = Thread.ofVirtual().factory();

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public long coarseNanoTime() {
      return Ticker.nanoTime();
    }

    @Override
    public Instant wallTime() {
      return Instant.now();
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(blocker);
      } else {
        LockSupport.parkNanos(blocker, nanos);
      }
    }

    @Override
    public Thread virtualThread(Runnable body) {
      return virtualThreads.newThread(body);
    }

    @Override
    public Thread platformThread(String name, Runnable body) {
      return Thread.ofPlatform().name(name).daemon(true).unstarted(body);
    }

    @Override
    public Thread sharedThread(String name, Runnable body) {
      return Thread.ofPlatform()
          .name(name)
          .daemon(true)
          .inheritInheritableThreadLocals(false)
          .unstarted(body);
    }
  }
}
