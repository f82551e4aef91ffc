// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a run has shown.
 *
 * @param exitCode of the service; -1 if it had to be killed
 * @param took from SIGTERM to the end of the service
 * @param report what the service printed about its stop; empty if nothing
 * @param reportJson its report file; null if it wrote none
 * @param crossCheck that file beside what others have seen; null if it wrote none
 */
record DemoResult(
    DemoOptions options,
    Requests requests,
    Jobs jobs,
    int exitCode,
    Duration took,
    String report,
    @Nullable String reportJson,
    @Nullable CrossCheck crossCheck) {
  /** What the mode promises and this run has not kept, a sentence each. */
  List<String> broken() {
    List<String> broken = new ArrayList<>();
    expect(broken, requests.addsUp(), "the requests don't add up: " + requests);
    expect(broken, jobs.addsUp(), "the jobs don't add up: " + jobs.accepted() + " were accepted");
    expect(broken, jobs.accepted() > 0, "no job was accepted, so nothing was shown");
    expect(broken, exitCode >= 0, "the service did not end and had to be killed");
    if (crossCheck != null) {
      broken.addAll(crossCheck.wrong());
    } else {
      boolean plain = options.mode() == DemoOptions.Mode.PLAIN;
      expect(broken, plain, "the service wrote no report file");
    }
    switch (options.mode()) {
      case CURFEW -> {
        expectNothingLost(broken);
        expect(broken, exitCode == 0, "the exit code is " + exitCode + ", expected 0");
        expect(broken, report.contains("outcome=CLEAN"), "no report says outcome=CLEAN");
      }
      case STUCK -> {
        expectNothingLost(broken);
        expect(broken, exitCode == 75, "the exit code is " + exitCode + ", expected 75");
        Duration bound = options.mode().curfew().plusSeconds(1);
        expect(broken, took.compareTo(bound) <= 0, "it took " + seconds() + " s, over its curfew");
        expect(broken, report.contains("Mirror.java:"), "the report does not name Mirror.java");
        expect(broken, report.contains("Ledger.java:"), "the report does not name Ledger.java");
        expect(broken, report.contains("cause 2"), "the report names no cause 2");
      }
      case PLAIN -> {
        // It promises nothing; what it lost is what the demo is about.
      }
    }
    return broken;
  }

  private void expectNothingLost(List<String> broken) {
    expect(broken, requests.lost() == 0, requests.lost() + " requests were lost");
    expect(broken, jobs.lost().isEmpty(), jobs.lost().size() + " jobs were lost");
    expect(broken, jobs.doneTwice() == 0, jobs.doneTwice() + " jobs were done twice");
  }

  private static void expect(List<String> broken, boolean kept, String otherwise) {
    if (!kept) {
      broken.add(otherwise);
    }
  }

  String seconds() {
    return String.format(Locale.ROOT, "%.2f", took.toNanos() / 1e9);
  }

  /** The line that every run ends with. */
  String lastLine() {
    return String.format(
        Locale.ROOT,
        "DEMO requests_lost=%d jobs_accepted=%d jobs_completed=%d jobs_given_back=%d jobs_lost=%d"
            + " exit=%d seconds=%s",
        requests.lost(),
        jobs.accepted(),
        jobs.completed().size(),
        jobs.givenBack().size(),
        jobs.lost().size(),
        exitCode,
        seconds());
  }
}
