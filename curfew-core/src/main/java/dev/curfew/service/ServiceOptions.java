// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** How a service behaves. Immutable: each method returns new options. */
public interface ServiceOptions {
  /** The version that reports show. */
  ServiceOptions version(String version);

  /** The total budget of a stop; the stages scale with it; see {@link Curfew#of(Duration)}. */
  ServiceOptions curfew(Duration total);

  /** The budget of a stop. */
  ServiceOptions curfew(Curfew curfew);

  /** Which exit codes the process ends with. */
  ServiceOptions exitCodes(ExitCodes exitCodes);

  /** Where the report is kept as JSON, from the end of start-up on. */
  ServiceOptions reportFile(Path file);

  /** Told the report when the stop is over. Runs on a thread of Curfew's, with a limit. */
  ServiceOptions onReport(Consumer<? super StopReport> listener);

  /**
   * Runs the service as this process: takes the signals, blocks until the stop is over, prints the
   * report, ends the JVM with the exit code. Does not return.
   */
  void main(Service.Setup setup);

  /**
   * Runs the service and returns its report. Touches neither signals nor the exit of the JVM.
   *
   * @throws InterruptedException if the calling thread is interrupted; the service was stopped
   */
  StopReport run(Service.Setup setup) throws InterruptedException;

  /**
   * Starts the service and returns once its set-up has. Touches neither signals nor the exit of the
   * JVM.
   *
   * @throws ExecutionException if set-up failed; what it opened was closed again
   * @throws InterruptedException if the calling thread is interrupted; the service was stopped
   */
  RunningService start(Service.Setup setup) throws ExecutionException, InterruptedException;
}
