// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.Pending;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StageTime;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.report.WorkCount;
import dev.curfew.task.RootGroup;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.List;

/**
 * Plays the end of a process, so that its classes are loaded and its formatters are warm: cold,
 * they make an idle exit three times as long. Runs once, when the service is ready, on a thread
 * that nobody waits for. What is stopped is a service of its own, which no roll call shows; nothing
 * is written or ended, and if it fails, the exit is slower and no more.
 */
final class Rehearsal {
  private static final String NAME = "rehearsal";

  private Rehearsal() {}

  static void play() throws Exception {
    writeSomething();
    stopSomething();
    // System.exit asks this logger whether it should log the exit. By now the program has set up
    // its own logging, so asking it earlier than the JVM would changes nothing.
    boolean unused = System.getLogger("java.lang.Runtime").isLoggable(Logger.Level.DEBUG);
  }

  /** A whole life: start-up, a task, a resource, a signal, the walk, the line. */
  private static void stopSomething() throws Exception {
    Member member =
        new Member(
            Options.named(NAME),
            service -> {
              service.own("resource", NAME, resource -> {});
              service.background("task", stop -> stop.await());
            });
    member.holds(RootGroup.unlisted(NAME, member));
    Surroundings nowhere =
        new Surroundings(
            true,
            false,
            true,
            false,
            new NoEnding(),
            null,
            text -> {},
            () -> "",
            (roots, foreign, why, marks) -> RootGroup.stop(roots, false, why, marks));
    Warden own = new Warden(nowhere, new Registry(), member);
    own.start();
    member.awaitStarted();
    try {
      Signals.rehearse(Signals.Kind.SIGTERM, own::signal);
    } finally {
      // Whatever is missing for a signal: it must end.
      member.requestStop("the rehearsal is over");
    }
    member.awaitStopped();
  }

  private static void writeSomething() throws IOException {
    Request asked = Request.now(Trigger.Origin.SIGNAL, Signals.Kind.SIGTERM.name(), "");
    StopReport report =
        new StopReport(
            NAME,
            null,
            StopOutcome.FORCED,
            asked.trigger(),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Verdict.FORCED,
            something(),
            List.of(new StageTime("drain", Duration.ZERO, Duration.ZERO)),
            List.of("all"));
    String text = report.line() + report.text();
    report.writeJson(new StringBuilder(text.length()));
  }

  /** Ends nothing. */
  private static final class NoEnding implements Ending {
    @Override
    public void exit(int code) {}

    @Override
    public void halt(int code) {}
  }

  /** One of everything that a report can hold. */
  private static Account something() {
    StackTraceElement frame = new StackTraceElement("Rehearsal", "play", "Rehearsal.java", 1);
    Finding finding =
        new Finding(Cause.SWALLOWED, "/rehearsal/task", "nothing", frame, true, "nothing", 1);
    Pending pending =
        new Pending(
            "/rehearsal/task",
            Pending.State.IGNORED_CANCEL,
            Duration.ofMillis(1),
            frame,
            List.of(frame),
            finding,
            1);
    ResourceEnd resource =
        new ResourceEnd(
            "/rehearsal/resource",
            ResourceEnd.How.THREW,
            frame,
            Duration.ofMillis(1),
            new IOException("nothing"),
            List.of());
    return new Account(
        new WorkCount(1, 0, 0, 0, 0, 0, 1, 0),
        List.of(pending),
        1,
        List.of(resource),
        List.of(finding));
  }
}
