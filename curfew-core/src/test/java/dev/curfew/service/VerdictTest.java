// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Account;
import dev.curfew.report.Pending;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.Trigger;
import dev.curfew.report.WorkCount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictTest {
  private static final Account CLEAN = Stage.NOTHING;
  private static final Account LOST = work(new WorkCount(2, 1, 0, 0, 1, 0, 0, 0));

  /** Every combination of facts, and the last row of the table that holds for it. */
  @ParameterizedTest
  @CsvSource({
    // startFailed, critical, lost, interrupted, code
    "false, false, false, false, 0",
    "true,  false, false, false, 1",
    "false, true,  false, false, 70",
    "true,  true,  false, false, 70",
    "false, false, true,  false, 75",
    "true,  false, true,  false, 75",
    "false, true,  true,  false, 75",
    "true,  true,  true,  false, 75",
    "false, false, false, true,  130",
    "true,  true,  true,  true,  130",
  })
  void theLowerRowOfTheTableWins(
      boolean startFailed, boolean critical, boolean lost, boolean interrupted, int code) {
    Verdict verdict =
        verdict(
            new Verdict.Facts(lost ? LOST : CLEAN, startFailed, critical, interrupted, false),
            Trigger.Origin.SIGNAL,
            "SIGTERM",
            ExitCodes.BY_OUTCOME);

    assertThat(verdict.exitCode()).isEqualTo(code);
    assertThat(verdict.outcome() == StopOutcome.CLEAN).isEqualTo(code == 0);
  }

  @Test
  void aCleanStopAfterSystemExitKeepsItsStatus() {
    Verdict verdict =
        verdict(facts(CLEAN), Trigger.Origin.EXIT, "System.exit", ExitCodes.BY_OUTCOME);

    assertThat(verdict).isEqualTo(new Verdict(StopOutcome.CLEAN, Verdict.KEPT));
  }

  @Test
  void lostWorkOverrulesTheStatusOfSystemExit() {
    Verdict verdict =
        verdict(facts(LOST), Trigger.Origin.EXIT, "System.exit", ExitCodes.BY_OUTCOME);

    assertThat(verdict.exitCode()).isEqualTo(75);
  }

  @ParameterizedTest
  @CsvSource({"SIGTERM, 143", "SIGINT, 130", "SIGHUP, 129"})
  void conventionalCodesAreThoseOfTheJvm(String signal, int code) {
    assertThat(
            verdict(facts(CLEAN), Trigger.Origin.SIGNAL, signal, ExitCodes.CONVENTIONAL).exitCode())
        .isEqualTo(code);
    assertThat(
            verdict(facts(LOST), Trigger.Origin.SIGNAL, signal, ExitCodes.CONVENTIONAL).exitCode())
        .isEqualTo(75);
  }

  @Test
  void aTaskThatIsPendingForcesTheEnd() {
    Pending pending =
        new Pending(
            "/crawler/fetch",
            Pending.State.IGNORED_CANCEL,
            Duration.ofSeconds(4),
            null,
            List.of(),
            null,
            1);
    Account account = new Account(WorkCount.NONE, List.of(pending), 1, List.of(), List.of());

    assertThat(
            verdict(facts(account), Trigger.Origin.API, "requestStop", ExitCodes.BY_OUTCOME)
                .exitCode())
        .isEqualTo(75);
  }

  @ParameterizedTest
  @EnumSource(ResourceEnd.How.class)
  void aCloseThatFailedForcesTheEnd(ResourceEnd.How how) {
    ResourceEnd end = new ResourceEnd("/crawler/db", how, null, Duration.ZERO, null, List.of());
    Account account = new Account(WorkCount.NONE, List.of(), 0, List.of(end), List.of());

    assertThat(
            verdict(facts(account), Trigger.Origin.API, "requestStop", ExitCodes.BY_OUTCOME)
                .exitCode())
        .isEqualTo(how == ResourceEnd.How.CLOSED ? 0 : 75);
  }

  private static Account work(WorkCount work) {
    return new Account(work, List.of(), 0, List.of(), List.of());
  }

  @Test
  void anExitThatCameDuringTheStopKeepsItsStatus() {
    Verdict verdict =
        verdict(
            new Verdict.Facts(CLEAN, false, false, false, true),
            Trigger.Origin.SIGNAL,
            "SIGTERM",
            ExitCodes.BY_OUTCOME);

    assertThat(verdict).isEqualTo(new Verdict(StopOutcome.CLEAN, Verdict.KEPT));
  }

  private static Verdict.Facts facts(Account account) {
    return new Verdict.Facts(account, false, false, false, false);
  }

  private static Verdict verdict(
      Verdict.Facts facts, Trigger.Origin origin, String what, ExitCodes codes) {
    return Verdict.of(facts, new Trigger(origin, what, "", List.of(), Instant.EPOCH), codes);
  }
}
