// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.service.Curfew;
import dev.curfew.service.Readiness;
import dev.curfew.service.Service;
import dev.curfew.service.ServiceOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** What the tests set for every service that runs in a child. */
final class Settings {

  private Settings() {}

  /** Options for a service with the curfew and the report file that the test has set. */
  static ServiceOptions service(String name) {
    ServiceOptions options =
        Service.named(name)
            .curfew(curfew(Duration.ofMillis(Long.getLong("acceptance.curfew", 4_000))));
    String report = System.getProperty("acceptance.report");
    return report == null ? options : options.reportFile(Path.of(report));
  }

  /**
   * Marks for a curfew as short as a test's: the report keeps one second of four, as it does in the
   * default of 25 s. Scaled down from there it would have 160 ms, which a machine with four
   * children on two processors does not always give it.
   */
  private static Curfew curfew(Duration total) {
    Duration sixteenth = total.dividedBy(16);
    return new Curfew(
        Duration.ZERO,
        sixteenth.multipliedBy(4),
        sixteenth.multipliedBy(10),
        sixteenth.multipliedBy(12),
        total);
  }

  /** Says {@code ready} once the service is, from a task of the service. */
  static void saysReady(Service service) throws InterruptedException {
    if (Say.awaits(() -> service.readiness() != Readiness.STARTING)) {
      Say.line("ready");
    } else {
      Say.line("never became ready");
    }
  }

  /** Says {@code stopping} once the service is; runs on a thread of nobody, for ever if need be. */
  static void saysStopping(Service service) {
    while (service.readiness() != Readiness.STOPPING) {
      LockSupport.parkNanos(1_000_000);
    }
    Say.line("stopping");
  }

  /** Owns a resource that says when it is closed. */
  static void owns(Service service, String name) {
    service.own(name, name, closed -> Say.line("closed " + closed));
  }
}
