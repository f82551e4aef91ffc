// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.task.Shield;
import dev.curfew.task.TaskGroup;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/*
 * Prints:
 *   copied a part, then cancelled
 *   the part is removed
 *   the copy took too long
 * Exit code: 0
 */

/**
 * Cleanup that blocks, under a shield: the cancel that caused it can't interrupt it. The shield has
 * a limit, so that cleanup can't hang either.
 */
final class E12Shield {
  private E12Shield() {}

  public static void main(String... args) throws ExecutionException, InterruptedException {
    try {
      TaskGroup.named("copy")
          .deadline(Duration.ofMillis(300))
          .run(group -> group.fork("file", E12Shield::copy));
    } catch (TimeoutException e) {
      System.out.println("the copy took too long");
    }
  }

  private static void copy() throws InterruptedException {
    try {
      Thread.sleep(60_000);
    } finally {
      System.out.println("copied a part, then cancelled");
      Shield.run(
          Duration.ofSeconds(2),
          () -> {
            Thread.sleep(100); // without the shield the cancel would come again and end this, too
            System.out.println("the part is removed");
          });
    }
  }
}
