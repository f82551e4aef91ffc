// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/** How a child process tells the driver on which port it listens: a file, written in one move. */
final class Handshake {
  private Handshake() {}

  static void announce(Path file, int port) throws IOException {
    Path written = Files.writeString(file.resolveSibling(file.getFileName() + ".tmp"), "" + port);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Waits for the port.
   *
   * @throws IOException if the child ends, or says nothing within 30 s; with what it printed
   */
  static int awaitPort(Path file, Child child) throws IOException, InterruptedException {
    long giveUp = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!Files.exists(file)) {
      if (!child.isAlive() || System.nanoTime() > giveUp) {
        String state = child.isAlive() ? "gave no port within 30 s" : "ended before it was ready";
        throw new IOException(
            "the " + child.name() + " " + state + "; it printed:\n" + child.log());
      }
      Thread.sleep(5);
    }
    return Integer.parseInt(Files.readString(file));
  }
}
