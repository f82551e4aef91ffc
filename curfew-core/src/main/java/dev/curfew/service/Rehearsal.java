// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.Pending;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.report.WorkCount;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Plays what the end of a stop needs, so that its classes are loaded and its formatters are warm:
 * cold, they make an idle exit three times as long. Runs once, when the service is ready, on a
 * thread that nobody waits for. Nothing is written or ended.
 */
final class Rehearsal {
  private Rehearsal() {}

  static void play(List<Member> members, Thread warden) throws IOException {
    Request asked = Request.at(Trigger.Origin.SIGNAL, Signals.Kind.SIGTERM.name(), "", List.of());
    Stages stages = new Stages(Warden.smallest(members, asked));
    stages.begin("drain");
    stages.begin("report");
    Account account = Reports.with(something(), Strangers.find(Set.of(warden)));
    Verdict verdict =
        Verdict.of(
            new Verdict.Facts(account, false, false, false, false),
            asked.trigger(),
            ExitCodes.BY_OUTCOME);
    StopReport report =
        Reports.of(
            members, asked, asked.trigger(), verdict, account, stages.times(), List.of("all"));
    String text = report.line() + report.text();
    report.writeJson(new StringBuilder(text.length()));
    // System.exit asks this logger whether it should log the exit. By now the program has set up
    // its own logging, so asking it earlier than the JVM would changes nothing.
    boolean unused = System.getLogger("java.lang.Runtime").isLoggable(Logger.Level.DEBUG);
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
