// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.Finding;
import dev.curfew.report.StageTime;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Makes the reports of services that stop together: one for all of them. */
final class Reports {
  private Reports() {}

  /** The report of a service that has just become ready. */
  static StopReport running(List<Member> of) {
    return new StopReport(
        name(of),
        version(of),
        StopOutcome.RUNNING,
        null,
        Duration.ZERO,
        Warden.smallest(of, null).total(),
        Verdict.OK,
        Warden.snapshotOf(of),
        List.of(),
        List.of());
  }

  /** What would be the last that is known, if the process were killed now. */
  static StopReport underWay(List<Member> of, Request asked, List<StageTime> stages) {
    return of(
        of,
        asked,
        asked.trigger(),
        new Verdict(StopOutcome.RUNNING, Verdict.FORCED),
        Warden.snapshotOf(of),
        stages,
        List.of());
  }

  /**
   * The report of a stop that a second SIGINT cuts short.
   *
   * @param decided how the stop had gone, if it was over and only the JVM's own end was not
   */
  static StopReport interrupted(List<Member> of, Request asked, @Nullable StopReport decided) {
    Verdict verdict = new Verdict(StopOutcome.INTERRUPTED, Verdict.INTERRUPTED);
    return decided == null
        ? of(of, asked, asked.trigger(), verdict, Warden.snapshotOf(of), List.of(), List.of())
        : of(
            of,
            asked,
            asked.trigger(),
            verdict,
            decided.account(),
            decided.stages(),
            decided.unseen());
  }

  /** The report of a stop that has taken longer than its curfew. */
  static StopReport late(List<Member> of, Request asked) {
    Finding late =
        new Finding(
            null,
            "/" + name(of),
            "the stop did not come to its end within its curfew",
            null,
            true,
            "look at the stack of the thread curfew-warden",
            1);
    return forced(of, asked, late);
  }

  /** The report of a stop that failed itself. */
  static StopReport broken(List<Member> of, Request asked, Throwable failure) {
    Finding broken =
        new Finding(
            null,
            "/" + name(of),
            "the stop itself failed: " + failure,
            failure.getStackTrace().length == 0 ? null : failure.getStackTrace()[0],
            true,
            failure instanceof VirtualMachineError
                ? "give the process more memory"
                : "report this to the makers of Curfew",
            1);
    return forced(of, asked, broken);
  }

  private static StopReport forced(List<Member> of, Request asked, Finding finding) {
    Account known = Warden.snapshotOf(of);
    Account account =
        new Account(
            known.work(),
            known.pending(),
            known.pendingTasks(),
            known.resources(),
            List.of(finding));
    Verdict verdict = new Verdict(StopOutcome.FORCED, Verdict.FORCED);
    return of(of, asked, asked.trigger(), verdict, account, List.of(), List.of());
  }

  static StopReport of(
      List<Member> of,
      Request asked,
      Trigger trigger,
      Verdict verdict,
      Account account,
      List<StageTime> stages,
      List<String> unseen) {
    return new StopReport(
        name(of),
        version(of),
        verdict.outcome(),
        trigger,
        stages.isEmpty()
            ? Duration.ofNanos(Host.current().nanoTime() - asked.nanos())
            : Stages.sum(stages),
        Warden.smallest(of, asked).total(),
        verdict.exitCode(),
        account,
        stages,
        unseen);
  }

  /** Adds these findings to an account. */
  static Account with(Account account, List<Finding> more) {
    List<Finding> findings = new ArrayList<>(account.findings());
    findings.addAll(more);
    return new Account(
        account.work(), account.pending(), account.pendingTasks(), account.resources(), findings);
  }

  /** Adds what another stop found. */
  static Account plus(Account one, Account other) {
    var pending = new ArrayList<>(one.pending());
    pending.addAll(other.pending());
    var resources = new ArrayList<>(one.resources());
    resources.addAll(other.resources());
    var findings = new ArrayList<>(one.findings());
    findings.addAll(other.findings());
    return new Account(
        one.work().plus(other.work()),
        pending,
        one.pendingTasks() + other.pendingTasks(),
        resources,
        findings);
  }

  private static String name(List<Member> of) {
    StringJoiner names = new StringJoiner("+");
    for (Member member : of) {
      names.add(member.options().name());
    }
    return names.toString();
  }

  private static @Nullable String version(List<Member> of) {
    return of.size() == 1 ? of.get(0).options().version() : null;
  }
}
