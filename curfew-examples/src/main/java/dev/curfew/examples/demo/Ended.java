// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a service ended.
 *
 * @param settings what it was told
 * @param killed whether by {@code kill -9}, else by SIGTERM
 * @param exitCode -1 if it did not end by itself after a SIGTERM
 * @param took from the signal to its end
 * @param requests what became of those that were sent to it
 * @param report what it printed about its stop; empty if nothing
 * @param reportJson its report file; null if it wrote none
 * @param failedJobs those that it has printed as failed, having no queue that keeps dead letters
 */
record Ended(
    ServiceSettings settings,
    boolean killed,
    int exitCode,
    Duration took,
    Requests requests,
    String report,
    @Nullable String reportJson,
    List<String> failedJobs) {
  /** Whether it took requests. */
  boolean isServing() {
    return settings.role() != ServiceSettings.Role.WORKER;
  }

  /** Its report beside the upstream's calls; null if it was killed, or did no jobs. */
  @Nullable CrossCheck crossCheck(List<Call> calls) {
    if (killed || reportJson == null || settings.role() == ServiceSettings.Role.FRONT) {
      return null;
    }
    List<Call> own = calls.stream().filter(call -> call.run().equals(settings.run())).toList();
    return CrossCheck.of(reportJson, own, requests.answered(), settings.limits());
  }

  /** What Curfew promises of a stop and this one has not kept, a sentence each. */
  List<String> broken() {
    List<String> broken = new ArrayList<>();
    if (killed) {
      return broken;
    }
    expect(broken, exitCode >= 0, "did not end and had to be killed");
    expect(broken, reportJson != null, "wrote no report file");
    if (settings.stuck()) {
      expect(broken, exitCode == 75, "exited with " + exitCode + ", expected 75");
      Duration bound = settings.curfew().plusSeconds(1);
      expect(broken, took.compareTo(bound) <= 0, "took " + seconds() + " s, over its curfew");
      expect(broken, report.contains("Mirror.java:"), "does not name Mirror.java in its report");
      expect(broken, report.contains("Ledger.java:"), "does not name Ledger.java in its report");
      expect(broken, report.contains("cause 2"), "names no cause 2 in its report");
    } else {
      expect(broken, exitCode == 0, "exited with " + exitCode + ", expected 0");
      expect(broken, report.contains("outcome=CLEAN"), "printed no report with outcome=CLEAN");
    }
    return broken;
  }

  private void expect(List<String> broken, boolean kept, String otherwise) {
    if (!kept) {
      broken.add(settings.run() + " " + otherwise);
    }
  }

  String seconds() {
    return String.format(Locale.ROOT, "%.2f", took.toNanos() / 1e9);
  }
}
