// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings reports to people and files. Rendering calls the program's code (a failure's message),
 * writing may hang: both are done by aides, each for at most 500 ms. Nothing here decides the exit
 * code.
 */
final class Reporter {
  static final Duration LIMIT = Duration.ofMillis(500);

  private final Consumer<String> voice;

  /** What a container's keeper shows; null if there is none. */
  private final @Nullable TerminationLog log;

  private final AtomicLong number = new AtomicLong();

  /** A file that can't be written is spoken of once. */
  private final AtomicBoolean complained = new AtomicBoolean();

  private final AtomicBoolean complainedOfLog = new AtomicBoolean();

  Reporter(Consumer<String> voice, @Nullable TerminationLog log) {
    this.voice = voice;
    this.log = log;
  }

  /** Whether a report of what is under way is kept anywhere. */
  boolean keepsIn(List<ReportFile> files) {
    return !files.isEmpty() || log != null;
  }

  /** Writes the files, if there are any; does not wait. */
  void keep(StopReport report, List<ReportFile> files) {
    if (!files.isEmpty()) {
      Aide unused = write(number.incrementAndGet(), report, files);
    }
    if (report.trigger() != null) {
      logged(report);
    }
  }

  /** Writes the files; whatever is written later does not replace it. Does not wait. */
  Aide last(StopReport report, List<ReportFile> files) {
    return write(Long.MAX_VALUE, report, files);
  }

  /** Writes the files, prints if asked, and waits for both, each no longer than its limit. */
  void finish(StopReport report, List<ReportFile> files, boolean print, List<Throwable> failures) {
    Aide writing = files.isEmpty() ? null : write(number.incrementAndGet(), report, files);
    Aide logging = logged(report);
    if (print) {
      voice.accept(render(report, failures));
    }
    if (writing != null && !writing.await(Deadline.in(LIMIT))) {
      complain(files.get(0), "did not return within " + LIMIT.toMillis() + " ms");
    }
    if (logging != null) {
      // What it could not say in time is not worth a line.
      boolean unused = logging.await(Deadline.in(LIMIT));
    }
  }

  /** Writes the termination log, if there is one: its details call the program's code, too. */
  private @Nullable Aide logged(StopReport report) {
    TerminationLog to = log;
    if (to == null) {
      return null;
    }
    long mine = number.incrementAndGet();
    return Aide.start(
        "curfew-termination-log",
        () -> {
          try {
            to.write(mine, report);
          } catch (IOException e) {
            complain(complainedOfLog, "termination log " + to.path(), "failed: " + e, "");
          }
        },
        () -> {});
  }

  private Aide write(long mine, StopReport report, List<ReportFile> files) {
    return Aide.start(
        "curfew-report",
        () -> {
          for (ReportFile file : files) {
            try {
              file.write(mine, report);
            } catch (Exception e) {
              complain(file, "failed: " + e);
            }
          }
        },
        () -> {});
  }

  private void complain(ReportFile file, String how) {
    complain(
        complained,
        "report file " + file.path(),
        how,
        ". Give reportFile(..) a place that the process may write to");
  }

  private void complain(AtomicBoolean once, String what, String how, String remedy) {
    if (once.compareAndSet(false, true)) {
      voice.accept(
          "CURFEW "
              + what
              + ": writing it "
              + how
              + "; the exit code does not depend on it"
              + remedy
              + "\n");
    }
  }

  /** The report's text and the stacks of what failed; its line alone if rendering hangs. */
  static String render(StopReport report, List<Throwable> failures) {
    if (report.outcome() == StopOutcome.CLEAN && failures.isEmpty()) {
      // Nothing has thrown, so nothing of the program's is asked for its text.
      return report.text();
    }
    List<String> rendered = new ArrayList<>(1);
    Aide aide =
        Aide.start(
            "curfew-render",
            () -> {
              StringWriter text = new StringWriter();
              text.append(report.text());
              PrintWriter stacks = new PrintWriter(text);
              failures.forEach(failure -> failure.printStackTrace(stacks));
              stacks.flush();
              rendered.add(text.toString());
            },
            () -> {});
    boolean done = aide.await(Deadline.in(LIMIT));
    Throwable failure = aide.failure();
    if (done && failure == null) {
      return rendered.get(0);
    }
    String how =
        failure != null
            ? "could not be rendered: " + failure.getClass().getName()
            : "could not be rendered within " + LIMIT.toMillis() + " ms";
    return report.line() + "\nCURFEW the details " + how + "\n";
  }
}
