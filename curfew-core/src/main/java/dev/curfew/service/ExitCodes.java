// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

/** Which exit codes a process ends with. */
public enum ExitCodes {
  /**
   * By what happened: 0 clean, 1 start-up failed, 70 critical, 75 forced, 130 second Ctrl+C (half a
   * second or more after the first; earlier it is taken for the same key press).
   */
  BY_OUTCOME,
  /**
   * As {@link #BY_OUTCOME}, but a clean stop on a signal ends as the JVM would: 143 (SIGTERM), 130
   * (SIGINT), 129 (SIGHUP).
   */
  CONVENTIONAL
}
