// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import java.lang.System.Logger.Level;

/** Looks after jobs that are given back again and again: none of their attempts is spent. */
final class Interruptions {
  private static final int MANY = 10;

  private Interruptions() {}

  static void warn(Job job) {
    if (job.interruptions() > 0 && job.interruptions() % MANY == 0) {
      Log.LOGGER.log(
          Level.WARNING,
          "job {0} was given back {1} times after it had begun: it takes longer than a stop leaves"
              + " it; give it less to do, or the service a larger curfew",
          job.id(),
          job.interruptions());
    }
  }
}
