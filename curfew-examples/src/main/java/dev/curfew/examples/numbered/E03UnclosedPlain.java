// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/*
 * Prints:
 *   the journal has 0 bytes
 * Exit code: 0
 */

/** Cause 3, unclosed: a writer that nobody closes keeps what was written to it for itself. */
final class E03UnclosedPlain {
  private E03UnclosedPlain() {}

  public static void main(String... args) throws IOException {
    Path file = Files.createTempFile("journal", ".txt");
    record(file);
    System.out.println("the journal has " + Files.size(file) + " bytes");
    Files.delete(file);
  }

  private static void record(Path file) throws IOException {
    BufferedWriter journal = Files.newBufferedWriter(file);
    journal.write("order 7 was paid\n"); // and no close
  }
}
