// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.task.TaskGroup;
import java.util.concurrent.ExecutionException;

/*
 * Prints:
 *   the block is left
 *   order 7 is saved
 *   main returns
 * Exit code: 0
 */

/** Cause 1, forgotten: leaving the block of a group joins its tasks, so nobody can forget to. */
final class E01Forgotten {
  private E01Forgotten() {}

  public static void main(String... args) throws ExecutionException, InterruptedException {
    TaskGroup.run(
        "orders",
        group -> {
          group.fork(
              "save",
              () -> {
                Thread.sleep(200); // a slow disk
                System.out.println("order 7 is saved");
              });
          System.out.println("the block is left");
        });
    System.out.println("main returns");
  }
}
