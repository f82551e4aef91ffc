// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the driver tells the service.
 *
 * @param upstream where the upstream listens
 * @param folder where port, report and job lists go
 * @param curfew how long a stop may take
 * @param stuck whether to add what hangs
 */
record ServiceSettings(URI upstream, Path folder, Duration curfew, boolean stuck) {
  static ServiceSettings of(String... args) {
    return new ServiceSettings(
        URI.create(args[0]),
        Path.of(args[1]),
        Duration.parse(args[2]),
        Boolean.parseBoolean(args[3]));
  }

  List<String> toArguments() {
    return List.of(
        upstream.toString(), folder.toString(), curfew.toString(), Boolean.toString(stuck));
  }

  Path portFile() {
    return folder.resolve("service.port");
  }

  Path reportFile() {
    return folder.resolve("report.json");
  }

  /** One line for each job that can never be done. */
  Path failedFile() {
    return folder.resolve("jobs-failed");
  }

  /** One line for each job that was accepted and not begun, or begun and not done. */
  Path givenBackFile() {
    return folder.resolve("jobs-given-back");
  }

  /** One line for each job that a worker still held when the service had to let go. */
  Path abandonedFile() {
    return folder.resolve("jobs-abandoned");
  }
}
