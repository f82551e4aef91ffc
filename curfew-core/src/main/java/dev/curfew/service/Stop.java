// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Finding;
import dev.curfew.report.Frames;
import dev.curfew.report.Pending;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.report.WorkCount;
import dev.curfew.task.Outcome;
import dev.curfew.task.RootGroup;
import dev.curfew.task.Task;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One stop, from the request to the report. Everything here is the warden's. */
final class Stop {
  /** Set-up that called System.exit never returns; its stack is looked at after this. */
  private static final long EXIT_GRACE_NANOS = 50_000_000L;

  /** Until then a listener has time; a report is no place for work. */
  private static final Duration LISTENER_LIMIT = Duration.ofSeconds(1);

  /** What the end of the JVM itself gets of the curfew when systemd does not listen. */
  private static final Duration EXIT = Duration.ofMillis(100);

  private final Warden warden;
  private final List<Member> members;
  private final Request asked;
  private final Curfew curfew;
  private final Stages stages;
  private final Reporter reporter;
  private final @Nullable Systemd systemd;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Pending> pending = new ArrayList<>();

  Stop(Warden warden, List<Member> members, Request asked) {
    this.warden = warden;
    this.members = members;
    this.asked = asked;
    this.curfew = Warden.smallest(members, asked);
    this.stages = new Stages(curfew, asked.nanos());
    this.reporter = warden.reporter();
    this.systemd = warden.around().systemd();
  }

  StopReport carryOut() {
    CancelReason why =
        new CancelReason(
            CancelReason.Kind.STOP,
            asked.trigger().what(),
            asked.trigger().why().isEmpty()
                ? "the service stops on " + asked.trigger().what()
                : "the service stops: " + asked.trigger().why(),
            asked.trigger().at());
    List<Warden> others = warden.around().process() ? warden.registry().embedded() : List.of();
    Request theirs = asked.within(curfew);
    others.forEach(other -> other.ask(theirs));
    if (systemd != null) {
      systemd.stopping(
          new SystemdMessages.StopUnderWay(
              asked.trigger().what(),
              asked.nanos() + curfew.total().toNanos(),
              () -> SystemdMessages.Counts.of(members)));
    }
    unready();
    rollBack(why);
    Account account = gather(walk(why), others);
    stages.begin("report");
    return conclude(account, others);
  }

  /** Readiness is off by the request itself; who sends work needs time to notice. */
  private void unready() {
    boolean hasIntake = false;
    for (Member member : members) {
      hasIntake |= member.startUp().isUp() && member.root().census().intakes() > 0;
    }
    if (!hasIntake) {
      return;
    }
    begin("unready");
    Deadline mark = mark(curfew.unready());
    for (Member member : members) {
      // Tells the program's intakes, which may hang: nobody waits for them.
      Aide unused = Aide.start("curfew-retire", () -> member.root().retireIntakes(), warden::wake);
    }
    if (warden.around().kubernetes() && !asked.isInterrupt()) {
      while (!mark.hasPassed()) {
        warden.look();
        warden.pause(mark.remainingNanos());
      }
    }
  }

  /**
   * Ends what has not finished starting: nothing more begins, the step under way is interrupted.
   */
  private void rollBack(CancelReason why) {
    begin("drain");
    Deadline mark = mark(curfew.drain());
    for (Member member : members) {
      member.startUp().rollBack(why);
    }
    for (Member member : members) {
      StartUp startUp = member.startUp();
      warden.look();
      while (!startUp.isQuiet() && !mark.hasPassed() && !hasCalledExit(startUp)) {
        warden.pause(Math.min(mark.remainingNanos(), EXIT_GRACE_NANOS));
        warden.look();
      }
      startUp.over();
    }
  }

  private boolean hasCalledExit(StartUp startUp) {
    Thread thread = startUp.setUpThread();
    boolean due =
        warden.exit().hasBegun() && Host.current().nanoTime() - asked.nanos() > EXIT_GRACE_NANOS;
    if (!due || thread == null) {
      return false;
    }
    StackTraceElement[] stack = thread.getStackTrace();
    boolean exiting = ExitCallers.isExiting(stack);
    if (exiting) {
      warden.exit().calledBy(startUp.path(), List.of(stack));
    }
    return exiting;
  }

  private Account walk(CancelReason why) {
    List<RootGroup> roots = new ArrayList<>();
    for (Member member : members) {
      roots.add(member.root());
    }
    RootGroup.Marks marks =
        new RootGroup.Marks(
            mark(curfew.drain()),
            mark(curfew.cancel()),
            mark(curfew.close()),
            warden.exit(),
            this::begin);
    return warden.around().walk().stop(roots, warden.around().process(), why, marks);
  }

  private void begin(String stage) {
    if (systemd != null) {
      systemd.stage(stage);
    }
    if (stages.begin(stage)) {
      List<ReportFile> files = Member.files(members);
      if (reporter.keepsIn(files)) {
        reporter.keep(Reports.underWay(members, asked, stages.times()), files);
      }
    }
  }

  /** Everything that was found, by the walk and beside it. */
  private Account gather(Account walked, List<Warden> others) {
    Account account = walked;
    for (Member member : members) {
      addSetUp(member, account);
    }
    for (Warden other : others) {
      other.decided().awaitFirmly(mark(curfew.close()));
      StopReport theirs = other.reportOrLate();
      account = Reports.plus(account, theirs.account());
    }
    if (warden.around().process() && !warden.exit().hasBegun()) {
      findings.addAll(Strangers.find(knownThreads(), leftOpen(account)));
    }
    Account all = Reports.with(account, findings);
    if (pending.isEmpty()) {
      return all;
    }
    return Reports.plus(
        all, new Account(WorkCount.NONE, pending, pending.size(), List.of(), List.of()));
  }

  private static boolean leftOpen(Account account) {
    for (ResourceEnd resource : account.resources()) {
      if (resource.how() != ResourceEnd.How.CLOSED) {
        return true;
      }
    }
    return false;
  }

  private void addSetUp(Member member, Account walked) {
    Throwable failure = member.startUp().failure();
    if (failure != null) {
      findings.add(failed(member.path(), "the start-up failed: ", failure));
    }
    Throwable critical = member.critical();
    if (critical != null) {
      findings.add(
          failed(member.path(), "a task failed that the service can't live without: ", critical));
    }
    Task<?> setUp = member.startUp().setUp();
    if (setUp == null) {
      return;
    }
    if (!setUp.isDone() || setUp.outcome() instanceof Outcome.Abandoned<?>) {
      Thread thread = member.startUp().setUpThread();
      List<StackTraceElement> stack = thread == null ? List.of() : List.of(thread.getStackTrace());
      boolean named = walked.pending().stream().anyMatch(line -> line.path().equals(setUp.path()));
      if (!named && !ExitCallers.isExiting(stack.toArray(StackTraceElement[]::new))) {
        pending.add(member.root().describe(setUp, stack));
      }
    } else if (setUp.outcome() instanceof Outcome.Failed<?> late && late.afterCancel() != null) {
      findings.add(failed(setUp.path(), "set-up failed after it was cancelled: ", late.failure()));
    }
  }

  /** Reading a failure is a call into the program's code: it may hang, or throw. */
  private static Finding failed(String path, String what, Throwable failure) {
    String type = failure.getClass().getName();
    AtomicReference<Finding> read =
        new AtomicReference<>(failed(path, what + type, (StackTraceElement) null));
    Aide aide =
        Aide.start(
            "curfew-read",
            () -> {
              String message = failure.getMessage();
              StackTraceElement at = Frames.first(failure.getStackTrace());
              read.set(failed(path, what + (message == null ? type : type + ": " + message), at));
            },
            () -> {});
    aide.await(Deadline.in(Reporter.LIMIT));
    return read.get();
  }

  private static Finding failed(String path, String what, @Nullable StackTraceElement at) {
    return new Finding(
        null, path, what, at, true, "mend the failure; its stack is printed below the report", 1);
  }

  private Set<Thread> knownThreads() {
    Set<Thread> known = new HashSet<>(warden.registry().waitingThreads());
    known.add(warden.thread());
    return known;
  }

  private StopReport conclude(Account account, List<Warden> others) {
    boolean startFailed = false;
    boolean critical = false;
    List<Throwable> failures = new ArrayList<>();
    for (Member member : members) {
      startFailed |= note(member.startUp().failure(), failures);
      critical |= note(member.critical(), failures);
    }
    for (Warden other : others) {
      StopOutcome theirs = other.reportOrLate().outcome();
      critical |= theirs == StopOutcome.CRITICAL;
      startFailed |= theirs == StopOutcome.START_FAILED;
    }
    Trigger trigger = trigger();
    Verdict verdict =
        Verdict.of(
            new Verdict.Facts(
                account, startFailed, critical, warden.insisted(), warden.exit().hasStatus()),
            trigger,
            members.get(0).options().exitCodes());
    Watchdog watchdog = warden.around().watchdog();
    if (watchdog != null && verdict.exitCode() != Verdict.KEPT) {
      // The accounting is done: if writing the report hangs, this is what the process ends with.
      warden.lowerExitCode(watchdog, verdict.exitCode());
    }
    StopReport report =
        Reports.of(members, asked, trigger, verdict, account, stages.times(), unseen(verdict));
    if (systemd != null) {
      systemd.ended(report);
    }
    reporter.finish(report, Member.files(members), warden.around().prints(), failures);
    tell(report);
    if (systemd != null) {
      // In time for the exit, which the watchdog would cut short.
      systemd.awaitLastWord(mark(curfew.total().minus(EXIT)));
    }
    return report;
  }

  private static boolean note(@Nullable Throwable failure, List<Throwable> into) {
    if (failure == null) {
      return false;
    }
    into.add(failure);
    return true;
  }

  /** The trigger, with what has become known since. */
  private Trigger trigger() {
    Trigger first = asked.trigger();
    JvmExit exit = warden.exit();
    StringJoiner why = new StringJoiner("; ");
    if (!first.why().isEmpty()) {
      why.add(first.why());
    }
    List<StackTraceElement> stack = first.stack();
    if (first.origin() != Trigger.Origin.EXIT && exit.hasStatus()) {
      why.add("System.exit was called meanwhile");
    }
    if (!exit.path().isEmpty()) {
      why.add("called in " + exit.path());
      stack = stack.isEmpty() ? exit.stack() : stack;
    }
    int repeats = warden.repeats();
    if (repeats > 0) {
      why.add("a signal came again " + (repeats == 1 ? "once" : repeats + " times"));
    }
    return new Trigger(first.origin(), first.what(), why.toString(), stack, first.at());
  }

  private List<String> unseen(Verdict verdict) {
    List<String> unseen = new ArrayList<>();
    unseen.add("virtual and daemon threads that no group owns");
    unseen.addAll(warden.registry().unseen());
    if (systemd != null && systemd.failure() != null) {
      unseen.add("this stop, by systemd: " + systemd.failure());
    }
    if (warden.exit().hasBegun()) {
      unseen.add("platform threads that no group owns: shutdown hooks run among them");
    }
    if (verdict.exitCode() == Verdict.KEPT) {
      unseen.add("the status that System.exit was called with; the process ends with it");
    }
    return unseen;
  }

  private void tell(StopReport report) {
    for (Member member : members) {
      Consumer<? super StopReport> listener = member.options().listener();
      if (listener == null) {
        continue;
      }
      Aide aide = Aide.start("curfew-listener", () -> listener.accept(report), () -> {});
      boolean done = aide.await(Deadline.in(LISTENER_LIMIT).earlier(mark(curfew.total())));
      Throwable failure = aide.failure();
      if (!done) {
        warden.around().voice().accept("CURFEW onReport: the listener did not return in time\n");
      } else if (failure != null) {
        warden
            .around()
            .voice()
            .accept("CURFEW onReport: the listener threw " + failure.getClass().getName() + "\n");
      }
    }
  }

  private Deadline mark(Duration sinceRequest) {
    return Deadline.at(asked.nanos() + sinceRequest.toNanos());
  }
}
