// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;

/**
 * How a stop went, and with what the process ends.
 *
 * @param outcome how it went
 * @param exitCode the code, or {@link #KEPT}
 */
record Verdict(StopOutcome outcome, int exitCode) {
  /** The process ends with the status that somebody else gave to {@code System.exit}. */
  static final int KEPT = StopReport.KEPT;

  static final int OK = 0;
  static final int START_FAILED = 1;
  static final int CRITICAL = 70;
  static final int FORCED = Watchdog.FORCED;
  static final int INTERRUPTED = 130;

  /**
   * What is known when everything has ended or was left.
   *
   * @param account the accounting of the stop
   * @param startFailed a set-up failed by itself
   * @param critical a task failed that its service can't live without
   * @param interrupted a second SIGINT came
   * @param exiting somebody else has called {@code System.exit}
   */
  record Facts(
      Account account,
      boolean startFailed,
      boolean critical,
      boolean interrupted,
      boolean exiting) {}

  /** The last row of the design's table that holds. */
  static Verdict of(Facts facts, Trigger trigger, ExitCodes codes) {
    if (facts.interrupted) {
      return new Verdict(StopOutcome.INTERRUPTED, INTERRUPTED);
    }
    if (leftSomething(facts.account)) {
      return new Verdict(StopOutcome.FORCED, FORCED);
    }
    if (facts.critical) {
      return new Verdict(StopOutcome.CRITICAL, CRITICAL);
    }
    if (facts.startFailed) {
      return new Verdict(StopOutcome.START_FAILED, START_FAILED);
    }
    return new Verdict(StopOutcome.CLEAN, facts.exiting ? KEPT : cleanCode(trigger, codes));
  }

  private static int cleanCode(Trigger trigger, ExitCodes codes) {
    return switch (trigger.origin()) {
      case EXIT -> KEPT;
      case SIGNAL ->
          codes == ExitCodes.CONVENTIONAL
              ? 128 + Signals.Kind.valueOf(trigger.what()).number()
              : OK;
      case API, SELF, CRASH -> OK;
    };
  }

  private static boolean leftSomething(Account account) {
    if (account.pendingTasks() > 0 || !account.pending().isEmpty()) {
      return true;
    }
    if (account.work().lost() > 0) {
      return true;
    }
    for (ResourceEnd resource : account.resources()) {
      if (resource.how() != ResourceEnd.How.CLOSED) {
        return true;
      }
    }
    return false;
  }
}
