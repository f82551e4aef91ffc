// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * Prints:
 *   order 7 is lost: the database is closed
 * Exit code: 0
 */

/** Cause 5, order: hooks run side by side, so the database closes under the order. */
final class E05OrderPlain {
  private static @Nullable String database = "open";

  private E05OrderPlain() {}

  public static void main(String... args) {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    onExit(() -> {
      pool.shutdown();
      pool.awaitTermination(5, TimeUnit.SECONDS);
    });
    onExit(() -> database = null); // meant to run after the other; hooks have no order
    pool.execute(E05OrderPlain::saveOrder);
    System.exit(0);
  }

  private static synchronized void saveOrder() {
    try {
      TimeUnit.MILLISECONDS.sleep(300);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.out.println(
        database == null ? "order 7 is lost: the database is closed" : "order 7 is saved");
  }

  /** What may fail when a process ends. */
  private interface Step {
    void run() throws InterruptedException;
  }

  private static void onExit(Step step) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              try {
                step.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
  }
}
