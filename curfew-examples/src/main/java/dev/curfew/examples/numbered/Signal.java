// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import java.io.IOException;

/** Plays the platform that ends this process, so that an example needs no second terminal. */
final class Signal {
  private Signal() {}

  static void terminateThisProcess() throws IOException {
    new ProcessBuilder("kill", "-TERM", Long.toString(ProcessHandle.current().pid())).start();
  }
}
