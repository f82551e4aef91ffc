// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

/**
 * What the storm has done to a process, or to the server.
 *
 * @param pid of the process; 0 for all of them
 * @param from milliseconds of the wall clock
 * @param at when the process was killed or frozen, at the latest; as {@code from} for others
 * @param to when it was over
 * @param exitCode of the process; -1 if it did not end
 */
record Disturbance(Type type, long pid, long from, long at, long to, int exitCode) {
  /** What can happen. */
  enum Type {
    TERM,
    KILL,
    TERM_THEN_KILL,
    FREEZE,
    /** A job has ended its process. */
    CRASH,
    RESTART_SERVER,
    CRASH_SERVER,
    CUT_CONNECTIONS;

    boolean isOfServer() {
      return this == RESTART_SERVER || this == CRASH_SERVER || this == CUT_CONNECTIONS;
    }

    /** Whether the process ends without a chance to say so. */
    boolean kills() {
      return this == KILL || this == TERM_THEN_KILL || this == CRASH;
    }
  }

  long took() {
    return to - from;
  }
}
