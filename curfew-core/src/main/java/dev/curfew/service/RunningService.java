// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;

/** A service that was started, for tests and frameworks. Any method from any thread. */
public interface RunningService extends AutoCloseable {
  /**
   * Whether the service wants work now.
   *
   * @return never null
   */
  Readiness readiness();

  /**
   * Asks for a stop and returns at once. Only the first request counts.
   *
   * @param why a sentence for the report
   */
  void requestStop(String why);

  /**
   * Asks for a stop and waits for its report, at most the curfew and half a second. If it is not
   * there by then, the report says so; the stop goes on.
   *
   * @param why a sentence for the report
   * @return the report
   * @throws IllegalStateException if it is called in a task of the service itself
   * @throws InterruptedException if the calling thread is interrupted; the stop goes on
   */
  StopReport stop(String why) throws InterruptedException;

  /**
   * Waits for the report of a stop that somebody else asks for.
   *
   * @return the report
   * @throws IllegalStateException if it is called in a task of the service itself
   * @throws InterruptedException if the calling thread is interrupted; the service goes on
   */
  StopReport await() throws InterruptedException;

  /**
   * Stops the service and waits for it, as {@link #stop} does. An interrupt hurries it: what is in
   * flight is cancelled; the interrupt is kept. Nobody gets the report here, so one that is not
   * clean is printed.
   *
   * @throws IllegalStateException if it is called in a task of the service itself
   */
  @Override
  void close();
}
