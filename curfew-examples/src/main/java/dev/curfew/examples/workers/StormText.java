// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.io.PrintStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The end of the storm's output. */
final class StormText {
  private static final int MOST_SENTENCES = 20;

  /** What the driver has counted itself. */
  record Figures(
      int jobs, int dead, int requeued, int refused, Duration calm, List<Disturbance> rounds) {}

  private final StormArguments arguments;
  private final PrintStream out;

  StormText(StormArguments arguments, PrintStream out) {
    this.arguments = arguments;
    this.out = out;
  }

  void print(Figures figures, Verdict verdict, List<String> wrong) {
    List<Disturbance> stops =
        figures.rounds.stream().filter(one -> one.type() == Disturbance.Type.TERM).toList();
    long slowest = stops.stream().mapToLong(Disturbance::took).max().orElse(0);
    long left = stops.stream().filter(stop -> stop.exitCode() == 75).count();
    int again = verdict.again().values().stream().mapToInt(Integer::intValue).sum();
    long end = figures.rounds.stream().mapToLong(Disturbance::to).max().orElse(0);
    out.println();
    line("rounds", count(figures.rounds));
    line(
        "jobs",
        figures.jobs
            + " put, "
            + verdict.effects()
            + " effects, "
            + figures.dead
            + " dead letters; "
            + figures.refused
            + " puts had to be tried again");
    line("again", again == 0 ? "none" : again + " begun after an effect: " + verdict.again());
    line("attempts", verdict.interrupted() + " interrupted, none spent by that");
    line("innocent", figures.requeued + " had been in flight at three kills, and were requeued");
    line(
        "stops",
        stops.size()
            + ", the slowest in "
            + slowest
            + " ms of a curfew of "
            + StormWorker.CURFEW.toMillis()
            + "; "
            + left
            + " ended with 75");
    line(
        "waits",
        "redelivered after a kill within "
            + verdict.slowestRedelivery()
            + " ms, behind what else was due; due beside an idle worker for "
            + verdict.longestWait()
            + " ms at most (idle "
            + verdict.waits().idleSeconds(end)
            + " s in all)");
    line("calm", "all that was left was done after " + figures.calm.toMillis() + " ms");
    line("lost", Integer.toString(verdict.lost()));
    wrong.stream().limit(MOST_SENTENCES).forEach(sentence -> line("WRONG", sentence));
    out.println();
    out.printf(
        Locale.ROOT,
        "STORM queue=%s rounds=%d lost=%d jobs=%d again=%d dead=%d wrong=%d slowest_stop_ms=%d"
            + " slowest_redelivery_ms=%d%n",
        arguments.postgres() ? "postgres" : "sqlite",
        arguments.rounds(),
        verdict.lost(),
        figures.jobs,
        again,
        figures.dead,
        wrong.size(),
        slowest,
        verdict.slowestRedelivery());
  }

  private static String count(List<Disturbance> disturbances) {
    Map<Disturbance.Type, Integer> counts = new EnumMap<>(Disturbance.Type.class);
    disturbances.forEach(one -> counts.merge(one.type(), 1, Integer::sum));
    return counts.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void line(String name, String text) {
    out.printf(Locale.ROOT, "  %-9s %s%n", name, text);
  }
}
