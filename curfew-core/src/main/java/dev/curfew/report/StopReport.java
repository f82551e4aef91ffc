// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The report of a stop: one line that can be grepped, then details where something is wrong.
 *
 * @param service the service's name
 * @param version its version, if it has one
 * @param outcome how the stop went
 * @param trigger what led to it; null while the service runs
 * @param took how long it took
 * @param curfew how long it might have taken
 * @param exitCode with what the process ends, or would end; {@link #KEPT} if it ends with the
 *     status that somebody gave to {@code System.exit}, which can't be known
 * @param account work, pending tasks, resources and findings
 * @param stages how long each stage took
 * @param unseen what could not be looked at, a sentence each
 */
public record StopReport(
    String service,
    @Nullable String version,
    StopOutcome outcome,
    @Nullable Trigger trigger,
    Duration took,
    Duration curfew,
    int exitCode,
    Account account,
    List<StageTime> stages,
    List<String> unseen) {
  /**
   * In the place of an exit code: the process ends with the status that somebody gave to {@code
   * System.exit}. The text says {@code kept}, JSON {@code null}.
   */
  public static final int KEPT = -1;

  /** Copies the lists. */
  public StopReport {
    stages = List.copyOf(stages);
    unseen = List.copyOf(unseen);
  }

  /**
   * The one line, without a line break.
   *
   * @return the line
   */
  public String line() {
    return StopText.line(this);
  }

  /**
   * The line, and below it whatever is wrong; ends with a line break.
   *
   * @return the text
   */
  public String text() {
    return StopText.text(this);
  }

  /**
   * Writes the report as JSON; the schema is described in {@code docs/report.md}.
   *
   * @param out takes it in pieces
   * @throws IOException if the target does
   */
  public void writeJson(Appendable out) throws IOException {
    StopJson.write(this, out);
  }
}
