// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Reads what the whole process spent: CPU time of every thread (collector and compiler included, so
 * that no variant can hide its cost in another thread), wall time, and bytes allocated. Bytes of
 * virtual threads count with their carriers.
 */
final class Meter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final long bytes = THREADS.getTotalThreadAllocatedBytes();
  private final long wall = System.nanoTime();
  private final long cpu = CpuClock.nanos();

  private Meter() {}

  static Meter start() {
    return new Meter();
  }

  Sample stop() {
    long cpuNow = CpuClock.nanos();
    long wallNow = System.nanoTime();
    return new Sample(cpuNow - cpu, wallNow - wall, THREADS.getTotalThreadAllocatedBytes() - bytes);
  }

  /** Bytes of live heap, after full collections. */
  @SuppressWarnings("ExplicitGc")
  static long liveBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** What one run of one variant cost: nanoseconds and bytes of the whole process. */
  record Sample(long cpuNanos, long wallNanos, long bytes) {}
}
