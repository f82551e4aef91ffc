// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Tells what is done in a run, and when. Used by one thread. */
final class Narrator {
  private final Screen screen;
  private final Path calls;

  /** When the first load began; 0 before that. */
  private long start;

  /** The upstream's calls are in this log. */
  Narrator(Screen screen, Path calls) {
    this.screen = screen;
    this.calls = calls;
  }

  /** A process was started, for this. */
  void process(Child child, String what) {
    line(child.name(), String.format(Locale.ROOT, "pid %-7d  %s", child.pid(), what));
  }

  /** From now on each line has its time. */
  void begin(DemoOptions options) {
    if (start != 0) {
      return;
    }
    line(
        "load",
        String.format(
            Locale.ROOT,
            "%d requests/s on %d kept-alive connections, each fourth a job; seed %d",
            options.rate(),
            Load.connections(options.rate()),
            options.seed()));
    screen.line("");
    start = System.nanoTime();
  }

  void line(String name, String what) {
    screen.line(at() + String.format("%-8s  %s", name, what));
  }

  /** How far it has come, at this tenth of a second: on a terminal always, else once a second. */
  void progress(int tenth, Tally tally, int acceptedBefore) throws IOException {
    if (!screen.isTerminal() && tenth % 10 != 0) {
      return;
    }
    long delivered = Call.read(calls).stream().filter(call -> call.is(Call.Outcome.DONE)).count();
    screen.progress(
        at()
            + String.format(
                Locale.ROOT,
                "%5d sent  %5d answered  %3d in flight  %4d jobs accepted  %4d delivered",
                tally.sentSoFar(),
                tally.answeredSoFar(),
                tally.inFlight(),
                acceptedBefore + tally.acceptedSoFar(),
                delivered));
  }

  void toGo(long jobs) {
    if (screen.isTerminal()) {
      screen.progress(at() + jobs + " jobs to go");
    }
  }

  private String at() {
    return start == 0
        ? "  "
        : String.format(Locale.ROOT, "  %4.1f s  ", (System.nanoTime() - start) / 1e9);
  }
}
