// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/*
 * Prints:
 *   it did not end. Which task, where, why? Nobody says
 * Exit code: 0
 */

/** Cause 2, swallowed: a task that catches its interrupt and goes on. */
final class E02SwallowedPlain {
  private E02SwallowedPlain() {}

  public static void main(String... args) throws InterruptedException {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    pool.execute(E02SwallowedPlain::mirror);
    pool.shutdownNow();
    if (!pool.awaitTermination(1, TimeUnit.SECONDS)) {
      System.out.println("it did not end. Which task, where, why? Nobody says");
      Runtime.getRuntime().halt(0); // or it would run for ever
    }
  }

  private static void mirror() {
    while (true) {
      try {
        Thread.sleep(100); // copies the next file
      } catch (InterruptedException e) {
        // "Can't happen." It just did.
      }
    }
  }
}
