// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.task.TaskGroup;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;

/*
 * Prints:
 *   the journal has 34 bytes
 * Exit code: 0
 */

/** Cause 3, unclosed: what a group owns is closed after the last task that could use it. */
final class E03Unclosed {
  private E03Unclosed() {}

  public static void main(String... args)
      throws IOException, ExecutionException, InterruptedException {
    Path file = Files.createTempFile("journal", ".txt");
    record(file);
    System.out.println("the journal has " + Files.size(file) + " bytes");
    Files.delete(file);
  }

  private static void record(Path file)
      throws IOException, ExecutionException, InterruptedException {
    TaskGroup.run(
        "payments",
        group -> {
          BufferedWriter journal = group.own("journal", Files.newBufferedWriter(file));
          group.fork("one", () -> journal.write("order 7 was paid\n"));
          group.fork("two", () -> journal.write("order 8 was paid\n"));
        });
  }
}
