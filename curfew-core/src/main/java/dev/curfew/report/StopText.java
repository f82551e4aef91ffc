// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.Locale;

/** The report for people. */
final class StopText {
  private StopText() {}

  static String line(StopReport report) {
    return "CURFEW shutdown service=" + report.service() + " outcome=" + report.outcome();
  }

  static String text(StopReport report) {
    return String.format(Locale.ROOT, "%s%n", line(report));
  }
}
