// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

/** How a stop went. */
public enum StopOutcome {
  /** The service runs: this is not a report of a stop yet. */
  RUNNING,
  /** Everything ended in time. */
  CLEAN,
  /** Start-up failed, and what it had opened was closed again. */
  START_FAILED,
  /** A task that the service could not live without failed; the rest ended in time. */
  CRITICAL,
  /** Work was lost or abandoned, a close failed, or the deadline forced the end. */
  FORCED,
  /** A second Ctrl+C ended it. */
  INTERRUPTED
}
