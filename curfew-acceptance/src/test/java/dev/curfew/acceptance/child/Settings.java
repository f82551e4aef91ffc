// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.service.Readiness;
import dev.curfew.service.Service;
import dev.curfew.service.ServiceOptions;
import java.nio.file.Path;
import java.time.Duration;

/** What the tests set for every service that runs in a child. */
final class Settings {

  private Settings() {}

  /** Options for a service with the curfew and the report file that the test has set. */
  static ServiceOptions service(String name) {
    ServiceOptions options =
        Service.named(name).curfew(Duration.ofMillis(Long.getLong("acceptance.curfew", 3_000)));
    String report = System.getProperty("acceptance.report");
    return report == null ? options : options.reportFile(Path.of(report));
  }

  /** Says {@code ready} once the service is, from a task of the service. */
  static void saysReady(Service service) throws InterruptedException {
    if (Say.awaits(() -> service.readiness() != Readiness.STARTING)) {
      Say.line("ready");
    } else {
      Say.line("never became ready");
    }
  }

  /** Owns a resource that says when it is closed. */
  static void owns(Service service, String name) {
    service.own(name, name, closed -> Say.line("closed " + closed));
  }
}
