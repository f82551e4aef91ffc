// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;

/** A service that was started, for tests and frameworks. Any method from any thread. */
public interface RunningService extends AutoCloseable {
  /** Whether the service wants work now. */
  Readiness readiness();

  /** Asks for a stop and returns at once. */
  void requestStop(String why);

  /**
   * Asks for a stop and waits for its report, at most the curfew long.
   *
   * @throws InterruptedException if the calling thread is interrupted; the stop goes on
   */
  StopReport stop(String why) throws InterruptedException;

  /**
   * Waits for the report of a stop that somebody else asks for.
   *
   * @throws InterruptedException if the calling thread is interrupted; the service goes on
   */
  StopReport await() throws InterruptedException;

  /** Stops the service and waits for it; an interrupt hurries the wait and is kept. */
  @Override
  void close();
}
