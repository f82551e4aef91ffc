// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import dev.curfew.task.Carrier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** How a service behaves. Immutable: each method returns new options. */
public interface ServiceOptions {
  /**
   * The version that reports show.
   *
   * @param version a text such as {@code 1.4.2}
   * @return new options
   * @throws IllegalArgumentException if it is blank
   */
  ServiceOptions version(String version);

  /**
   * The total budget of a stop; the stages scale with it; see {@link Curfew#of(Duration)}.
   *
   * @param total when the process ends, counted from the request
   * @return new options
   * @throws IllegalArgumentException if it is zero or negative
   */
  ServiceOptions curfew(Duration total);

  /**
   * The budget of a stop.
   *
   * @param curfew its marks
   * @return new options
   */
  ServiceOptions curfew(Curfew curfew);

  /**
   * Which exit codes the process ends with.
   *
   * @param exitCodes the scheme
   * @return new options
   */
  ServiceOptions exitCodes(ExitCodes exitCodes);

  /**
   * Where the report is kept as JSON: written when start-up has ended, while a stop takes long, and
   * at the end. Each replaces the one before as a whole. If it can't be written, that is said on
   * standard error and changes nothing else.
   *
   * @param file the file; its folder must exist
   * @return new options
   */
  ServiceOptions reportFile(Path file);

  /**
   * Who is told the report when the stop is over, before the process ends.
   *
   * @param listener runs on a platform thread of Curfew's and is left after 1 s
   * @return new options
   */
  ServiceOptions onReport(Consumer<? super StopReport> listener);

  /**
   * Tasks of the service, and of all groups in it, get this context of the thread that forks them;
   * see {@link dev.curfew.task.GroupOptions#carry(Carrier...)}.
   *
   * @param carriers what is carried, besides what was given before
   * @return new options
   */
  ServiceOptions carry(Carrier... carriers);

  /**
   * Runs the service as this process: takes the signals, blocks until the stop is over, prints the
   * report, ends the JVM with the exit code. Does not return. Two services that are run this way
   * stop together: on the first request, by the smaller curfew, with the worse exit code.
   *
   * @param setup what the service is made of
   * @throws IllegalStateException if the process is stopping already
   */
  void main(Service.Setup setup);

  /**
   * Runs the service, prints its report and returns it. Touches neither signals nor the exit of the
   * JVM.
   *
   * @param setup what the service is made of
   * @return the report
   * @throws IllegalStateException if the process is stopping already
   * @throws InterruptedException if the calling thread is interrupted; the service was stopped
   */
  StopReport run(Service.Setup setup) throws InterruptedException;

  /**
   * Starts the service and returns once its set-up has. Touches neither signals nor the exit of the
   * JVM.
   *
   * @param setup what the service is made of
   * @return the service, ready, or stopped if it has ended by itself meanwhile
   * @throws ExecutionException if set-up failed; what it opened was closed again
   * @throws IllegalStateException if the process is stopping already
   * @throws InterruptedException if the calling thread is interrupted; the service was stopped
   */
  RunningService start(Service.Setup setup) throws ExecutionException, InterruptedException;
}
