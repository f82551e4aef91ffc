// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A service that was started.
 *
 * @param port where its API listens; 0 if it has none
 */
record Running(ServiceSettings settings, Child child, int port) {
  private static final String LINE = "CURFEW shutdown ";

  long pid() {
    return child.pid();
  }

  /** How it ended, by what it left behind. */
  Ended ended(boolean killed, int exitCode, Duration took, Requests requests) throws IOException {
    String log = child.log();
    int report = log.lastIndexOf(LINE);
    Path file = settings.reportFile();
    return new Ended(
        settings,
        killed,
        exitCode,
        took,
        requests,
        report < 0 ? "" : log.substring(report).stripTrailing(),
        Files.exists(file) ? Files.readString(file) : null,
        log.lines()
            .filter(line -> line.startsWith(PlainService.FAILED))
            .map(line -> line.substring(PlainService.FAILED.length()))
            .toList());
  }
}
