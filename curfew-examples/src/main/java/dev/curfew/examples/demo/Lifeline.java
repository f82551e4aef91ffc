// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;

/** Ends a child process when the driver that holds its standard input is gone, even by SIGKILL. */
final class Lifeline {
  private Lifeline() {}

  /** Runs the action, on a daemon thread, once standard input has ended. */
  static void onDriverGone(Runnable action) {
    Thread.ofPlatform()
        .daemon()
        .name("lifeline")
        .start(() -> {
          drainStandardInput();
          action.run();
        });
  }

  private static void drainStandardInput() {
    try {
      while (System.in.read() >= 0) {
        // The driver writes nothing: only the end of the stream counts.
      }
    } catch (IOException e) {
      // A broken pipe says the same as its end.
    }
  }
}
