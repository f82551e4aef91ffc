// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what can only be asked for, and gives up at last. */
final class Patience {
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private Patience() {}

  /** Waits until it is so; an error, naming what was waited for, if that takes too long. */
  static void until(String what, long seconds, Callable<Boolean> isSo) throws Exception {
    if (!waited(seconds, isSo)) {
      throw new IllegalStateException(what + ": not within " + seconds + " s");
    }
  }

  /** Waits until it is so; false if that takes too long. */
  static boolean waited(long seconds, Callable<Boolean> isSo) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!isSo.call()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
    return true;
  }

  static void pause(long millis) throws InterruptedException {
    Thread.sleep(millis);
  }
}
