// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.io.IOException;

final class StopJson {
  private StopJson() {}

  static void write(StopReport report, Appendable out) throws IOException {
    out.append(report.line());
  }
}
