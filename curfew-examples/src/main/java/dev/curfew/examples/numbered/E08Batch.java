// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;
import dev.curfew.task.TaskGroup;

/*
 * Prints:
 *   3 of 3 files were packed
 *   CURFEW shutdown service=pack outcome=CLEAN reason=done … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/**
 * A batch job is a service that ends by itself: when its last forked task is home, and no intake is
 * open, it stops with 0. A SIGTERM would have let the tasks finish, too.
 */
final class E08Batch {
  private E08Batch() {}

  public static void main(String... args) {
    Service.named("pack").main(service -> service.fork("all", E08Batch::packAll));
  }

  private static void packAll() throws Exception {
    int packed =
        TaskGroup.call(
            "files",
            group -> {
              var sizes =
                  java.util.stream.Stream.of("a.txt", "b.txt", "c.txt")
                      .map(file -> group.fork(file, () -> pack(file)))
                      .toList();
              group.join();
              return sizes.stream().mapToInt(task -> task.get()).sum();
            });
    System.out.println(packed + " of 3 files were packed");
  }

  private static int pack(String file) throws InterruptedException {
    Thread.sleep(10L * file.length());
    return 1;
  }
}
