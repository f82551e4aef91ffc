// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The report for people: one line, and where something is wrong a block for each thing, in columns.
 *
 * <p>No formatter, no regular expression, no lambda: written by a JVM that is about to exit, each
 * of them costs more than the whole report.
 */
final class StopText {
  /** How many blocks of a kind are shown; the counts are exact nevertheless. */
  static final int SHOWN = 10;

  private final StopReport report;
  private final Columns text = new Columns();

  private StopText(StopReport report) {
    this.report = report;
  }

  static String line(StopReport report) {
    StopText text = new StopText(report);
    text.line();
    return text.text.toString();
  }

  static String text(StopReport report) {
    StopText text = new StopText(report);
    text.line();
    text.text.endLine();
    if (isWrong(report)) {
      text.details();
    }
    return text.text.toString();
  }

  /** Whether there is more to say than the line. */
  private static boolean isWrong(StopReport report) {
    Account account = report.account();
    boolean ended =
        report.outcome() == StopOutcome.CLEAN || report.outcome() == StopOutcome.RUNNING;
    return !ended
        || account.pendingTasks() > 0
        || !account.pending().isEmpty()
        || !account.findings().isEmpty()
        || isWorkWrong(account.work(), report.outcome())
        || unclosed(account.resources()) > 0;
  }

  private static boolean isWorkWrong(WorkCount work, StopOutcome outcome) {
    return work.lost() > 0
        || work.abandoned() > 0
        || work.rejected() > 0
        || (outcome != StopOutcome.RUNNING && !work.addsUp());
  }

  private static int unclosed(List<ResourceEnd> resources) {
    int count = 0;
    for (ResourceEnd resource : resources) {
      if (resource.how() != ResourceEnd.How.CLOSED) {
        count++;
      }
    }
    return count;
  }

  private void line() {
    Account account = report.account();
    Trigger trigger = report.trigger();
    text.raw(report.outcome() == StopOutcome.RUNNING ? "CURFEW running" : "CURFEW shutdown")
        .raw(" service=")
        .token(report.service())
        .raw(" outcome=")
        .raw(report.outcome().name())
        .raw(" reason=")
        .token(trigger == null ? "" : trigger.what())
        .raw(" took=")
        .tenths(report.took())
        .raw("s/")
        .seconds(report.curfew())
        .raw("s exit=");
    (report.exitCode() == StopReport.KEPT ? text.raw("kept") : text.number(report.exitCode()))
        .raw(" pending=")
        .number(account.pendingTasks())
        .raw(" lost=")
        .number(account.work().lost())
        .raw(" close_failed=")
        .number(unclosed(account.resources()));
  }

  private void details() {
    Account account = report.account();
    reason(report.trigger());
    Set<String> told = pending(account);
    resources(account.resources());
    findings(account.findings(), told);
    if (isWorkWrong(account.work(), report.outcome())) {
      work(account.work());
    }
    stages(report.stages());
    for (String unseen : report.unseen()) {
      text.block("unseen").plain(unseen).endLine();
    }
  }

  private void reason(@Nullable Trigger trigger) {
    if (trigger == null || (trigger.why().isEmpty() && trigger.stack().isEmpty())) {
      return;
    }
    text.block("reason").plain(trigger.why().isEmpty() ? trigger.what() : trigger.why()).endLine();
    frame("by", Frames.first(trigger.stack()));
  }

  private Set<String> pending(Account account) {
    Set<String> told = new HashSet<>();
    List<Pending> ranked = Ranking.ofPending(account.pending());
    long shown = 0;
    for (int i = 0; i < Math.min(SHOWN, ranked.size()); i++) {
      Pending task = ranked.get(i);
      shown += task.alike();
      text.block("pending").plain(task.path()).raw("   ").raw(task.state().name());
      text.raw(" for ").tenths(task.elapsed()).raw(" s");
      if (task.now().isEmpty() && task.alike() > 1) {
        text.times(task.alike());
      }
      text.endLine();
      frame("started", task.started());
      now(task);
      if (task.finding() != null) {
        cause(task.finding());
        told.add(task.finding().signature());
      }
    }
    more(account.pendingTasks() - shown, "pending tasks");
    return told;
  }

  /** The innermost frame of the application, and the method that it called and waits in. */
  private void now(Pending task) {
    List<StackTraceElement> stack = task.now();
    if (stack.isEmpty()) {
      return;
    }
    int first = Math.max(0, Frames.indexOfFirst(stack));
    text.row("now").frame(stack.get(first)).times(task.alike()).endLine();
    if (first > 0) {
      frame("in", stack.get(first - 1));
    }
  }

  private void resources(List<ResourceEnd> ends) {
    List<ResourceEnd> ranked = Ranking.ofUnclosed(ends);
    for (int i = 0; i < Math.min(SHOWN, ranked.size()); i++) {
      ResourceEnd end = ranked.get(i);
      text.block("resource").plain(end.path()).raw("   ").raw(end.how().name());
      if (end.how() != ResourceEnd.How.SKIPPED) {
        text.raw(" after ").tenths(end.took()).raw(" s");
      }
      text.endLine();
      frame("opened", end.openedAt());
      if (end.failure() != null) {
        FailureText failure = FailureText.of(end.failure());
        text.row("threw").plain(failure.what()).endLine();
        frame("at", failure.at());
        if (failure.rootCause() != null) {
          text.row("because").plain(failure.rootCause()).endLine();
        }
      }
      if (!end.now().isEmpty()) {
        int first = Math.max(0, Frames.indexOfFirst(end.now()));
        frame("hung", end.now().get(first));
        if (first > 0) {
          frame("in", end.now().get(first - 1));
        }
      }
    }
    more(ranked.size() - SHOWN, "resources that did not close");
  }

  private void findings(List<Finding> findings, Set<String> told) {
    List<Finding> untold = new ArrayList<>();
    for (Finding finding : findings) {
      if (!told.contains(finding.signature())) {
        untold.add(finding);
      }
    }
    List<Finding> ranked = Ranking.ofFindings(untold);
    long hidden = 0;
    for (int i = 0; i < ranked.size(); i++) {
      Finding finding = ranked.get(i);
      if (i >= SHOWN) {
        hidden += finding.count();
        continue;
      }
      text.block("finding").plain(finding.path());
      if (finding.count() > 1) {
        text.times(finding.count());
      }
      text.endLine();
      frame("at", finding.at());
      cause(finding);
    }
    more(hidden, "findings");
  }

  private void cause(Finding finding) {
    Cause cause = finding.cause();
    if (cause == null) {
      text.row("seen").raw(finding.certain() ? "" : "likely: ");
    } else {
      text.row("cause", cause.number())
          .raw(finding.certain() ? "" : "likely ")
          .raw(cause.title())
          .raw(": ");
    }
    text.plain(finding.what()).endLine();
    if (!finding.remedy().isEmpty()) {
      text.row("mend").plain(finding.remedy()).endLine();
    }
  }

  private void work(WorkCount work) {
    text.block("work").raw("accepted=").number(work.accepted());
    text.raw(" completed=").number(work.completed()).raw(" failed=").number(work.failed());
    text.raw(" given_back=").number(work.givenBack()).raw(" cancelled=").number(work.cancelled());
    text.raw(" never_started=").number(work.neverStarted());
    text.raw(" abandoned=").number(work.abandoned()).raw(" rejected=").number(work.rejected());
    text.endLine();
    if (!work.addsUp()) {
      text.row("open").number(work.open()).raw(" without an end: the account does not add up");
      text.endLine();
    }
  }

  private void stages(List<StageTime> stages) {
    if (stages.isEmpty()) {
      return;
    }
    text.block("stages");
    for (int i = 0; i < stages.size(); i++) {
      StageTime stage = stages.get(i);
      text.raw(i == 0 ? "" : ", ").plain(stage.stage()).raw(" ");
      text.tenths(stage.used()).raw(" s (by ").tenths(stage.planned()).raw(")");
    }
    text.endLine();
  }

  private void frame(String label, @Nullable StackTraceElement frame) {
    if (frame != null) {
      text.row(label).frame(frame).endLine();
    }
  }

  private void more(long hidden, String what) {
    if (hidden > 0) {
      text.block("more").number(hidden).raw(" ").raw(what).raw(" not shown").endLine();
    }
  }
}
