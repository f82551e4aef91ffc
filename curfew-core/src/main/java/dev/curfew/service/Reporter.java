// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.time.Deadline;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Brings reports to people and files. Rendering calls the program's code (a failure's message),
 * writing may hang: both are done by aides, each for at most 500 ms. Nothing here decides the exit
 * code.
 */
final class Reporter {
  static final Duration LIMIT = Duration.ofMillis(500);

  private final Consumer<String> voice;
  private final AtomicLong number = new AtomicLong();

  /** A file that can't be written is spoken of once. */
  private final AtomicBoolean complained = new AtomicBoolean();

  Reporter(Consumer<String> voice) {
    this.voice = voice;
  }

  /** Writes the files, if there are any; does not wait. */
  void keep(StopReport report, List<ReportFile> files) {
    if (!files.isEmpty()) {
      Aide unused = write(number.incrementAndGet(), report, files);
    }
  }

  /** Writes the files; whatever is written later does not replace it. Does not wait. */
  Aide last(StopReport report, List<ReportFile> files) {
    return write(Long.MAX_VALUE, report, files);
  }

  /** Writes the files, prints if asked, and waits for both, each no longer than its limit. */
  void finish(StopReport report, List<ReportFile> files, boolean print, List<Throwable> failures) {
    Aide writing = files.isEmpty() ? null : write(number.incrementAndGet(), report, files);
    if (print) {
      voice.accept(render(report, failures));
    }
    if (writing != null && !writing.await(Deadline.in(LIMIT))) {
      complain(files.get(0), "did not return within " + LIMIT.toMillis() + " ms");
    }
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
    if (complained.compareAndSet(false, true)) {
      voice.accept(
          "CURFEW report file "
              + file.path()
              + ": writing it "
              + how
              + "; the exit code does not depend on it. Give reportFile(..) a place that the"
              + " process may write to\n");
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
