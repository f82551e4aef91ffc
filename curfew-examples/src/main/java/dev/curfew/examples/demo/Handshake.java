// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

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
      requireHope(child, giveUp, "gave no port");
      Thread.sleep(5);
    }
    return Integer.parseInt(Files.readString(file));
  }

  /**
   * Waits until the service answers; see {@link #awaitPort} for what is thrown if it never does.
   */
  static void awaitServing(Load load, Child child) throws IOException, InterruptedException {
    Duration limit = Duration.ofSeconds(30);
    long giveUp = System.nanoTime() + limit.toNanos();
    // On a thread that can be interrupted: a service that accepts may still never answer.
    Thread probe =
        Thread.startVirtualThread(() -> {
          while (!load.isServing() && child.isAlive() && System.nanoTime() < giveUp) {
            LockSupport.parkNanos(5_000_000);
          }
        });
    try {
      if (!probe.join(limit)) {
        throw new IOException("the " + child.name() + " did not answer within 30 s");
      }
    } finally {
      probe.interrupt();
    }
    requireHope(child, giveUp, "did not answer");
  }

  private static void requireHope(Child child, long giveUp, String missing) throws IOException {
    if (!child.isAlive() || System.nanoTime() > giveUp) {
      String state = child.isAlive() ? missing + " within 30 s" : "ended before it was ready";
      throw new IOException("the " + child.name() + " " + state + "; it printed:\n" + child.log());
    }
  }
}
