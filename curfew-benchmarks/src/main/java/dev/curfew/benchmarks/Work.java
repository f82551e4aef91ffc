// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a task does while spawning is measured: a chain of multiplications, about 0.7 µs long, that
 * the compiler can't drop. An empty body would measure how carriers starve, not what a task costs.
 */
final class Work {
  private static final int LINKS = 400;
  private static final AtomicLong COUNT = new AtomicLong();

  /** Written by the harness before tasks start: count what ran, or leave the body alone. */
  private static boolean counting;

  private static volatile long sink = System.nanoTime();

  private Work() {}

  static void once() {
    long x = sink;
    for (int i = LINKS; i > 0; i--) {
      x += (x * 0x5DEECE66DL + 0xBL + i) & 0xFFFFFFFFFFFFL;
    }
    if (x == 42) {
      sink = x;
    }
    if (counting) {
      COUNT.incrementAndGet();
    }
  }

  /** Counts the bodies that ran meanwhile. */
  static long countIn(Throwing run) throws Exception {
    COUNT.set(0);
    counting = true;
    try {
      run.run();
    } finally {
      counting = false;
    }
    return COUNT.get();
  }

  /** How long a body takes on this machine, in nanoseconds, once compiled. */
  static double nanos() {
    double best = Double.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      for (int j = 0; j < 10_000; j++) {
        once();
      }
      best = Math.min(best, (System.nanoTime() - start) / 10_000.0);
    }
    return best;
  }

  /** Something to do that may fail. */
  @FunctionalInterface
  interface Throwing {
    void run() throws Exception;
  }
}
