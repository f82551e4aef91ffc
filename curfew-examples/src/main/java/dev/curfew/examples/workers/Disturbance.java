// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

/**
 * What the storm has done to a process, or to the server.
 *
 * @param pid of the process; 0 for all of them
 * @param from milliseconds of the wall clock
 * @param to when it was over
 * @param exitCode of the process; -1 if it did not end
 */
record Disturbance(Type type, long pid, long from, long to, int exitCode) {
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
  }

  /** Whether it was a stop that went as it should. */
  boolean isGraceful() {
    return type == Type.TERM && exitCode >= 0;
  }

  long took() {
    return to - from;
  }
}
