// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A worker process is stopped or killed in the middle of its jobs, and another is started at once:
 * what is lost, done twice or late. Told by effects that are recorded outside of the queue.
 */
final class WorkerCrashFigures {
  private static final int JOBS = 100;
  private static final long JOB_MILLIS = 200;
  private static final int BEGUN = 30;
  private static final Duration BUDGET = Duration.ofSeconds(3);
  private static final long PATIENCE_SECONDS = 90;

  /** Who begins later than that after the restart is late: what is left takes 1.5 s. */
  private static final long LATE_MILLIS = 3000;

  private WorkerCrashFigures() {}

  /**
   * One crash or stop.
   *
   * @param lost jobs that were never done
   * @param twice effects of jobs that had been there before
   * @param late jobs that began late after the restart
   * @param open jobs that the queue still has long after all were done
   * @param againSeconds from the signal until the last of the jobs that were cut off began again;
   *     zero if none was
   * @param doneSeconds from the signal until all were done
   */
  record Run(int lost, int twice, int late, long open, double againSeconds, double doneSeconds) {}

  static void measure(Database database, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    if (!settings.brief()) {
      measure(database, settings, sheet, progress, Engine.all(), false);
    }
    List<Engine.Kind> kinds =
        Engine.all().stream().filter(kind -> !settings.brief() || !kind.onlyPolls()).toList();
    measure(database, settings, sheet, progress, kinds, true);
  }

  private static void measure(
      Database database,
      Settings settings,
      Sheet sheet,
      Progress progress,
      List<Engine.Kind> kinds,
      boolean kill)
      throws Exception {
    String title =
        (kill ? "SIGKILL" : "SIGTERM")
            + " in the middle of "
            + JOBS
            + " jobs of "
            + JOB_MILLIS
            + " ms, and a restart";
    Map<Engine.Kind, List<Run>> runs =
        WorkerFigures.interleaved(
            title, kinds, settings, progress, kind -> restart(database, settings, kind, kill));
    runs.forEach((kind, each) -> report(title, kind, kill, each, sheet));
  }

  private static void report(
      String title, Engine.Kind kind, boolean kill, List<Run> runs, Sheet sheet) {
    Figure lost = worst(title, kind.name() + ", lost", runs, Run::lost);
    Figure twice = worst(title, kind.name() + ", done twice", runs, Run::twice);
    Figure late = worst(title, kind.name() + ", late", runs, Run::late);
    sheet.add(kind.ours() ? lost.atMost(0) : lost);
    sheet.add(kind.ours() && !kill ? twice.atMost(0) : twice);
    sheet.add(kind.ours() && !kill ? late.atMost(0) : late);
    Figure open = worst(title, kind.name() + ", done and still queued", runs, Run::open);
    sheet.add(kind.ours() ? open.atMost(0) : open);
    if (kill) {
      Figure again =
          Figure.plain(
              title,
              kind.name() + ", until what was cut off begins again",
              "s",
              Spread.of(runs, Run::againSeconds));
      sheet.add(
          kind.ours()
              ? again.atMost(kind.lease().toMillis() * 1e-3)
              : again.noting("lease " + kind.lease().toSeconds() + " s"));
    }
    sheet.add(
        Figure.plain(
            title, kind.name() + ", until all are done", "s", Spread.of(runs, Run::doneSeconds)));
  }

  /** Losses are not a matter of medians: the worst run counts. */
  private static Figure worst(
      String title, String variant, List<Run> runs, ToDoubleFunction<Run> count) {
    double worst = runs.stream().mapToDouble(count).max().orElse(0);
    double total = runs.stream().mapToDouble(count).sum();
    return Figure.plain(title, variant, "jobs", worst)
        .noting("worst run; " + (long) total + " in " + runs.size() + " runs");
  }

  private static Run restart(Database database, Settings settings, Engine.Kind kind, boolean kill)
      throws Exception {
    String url = database.fresh(kind.database() + "_crash");
    Path file = Files.createTempFile("curfew-effects", ".txt");
    try (Engine engine = kind.open(url)) {
      engine.put(Chore.NAP.jobs(JOBS, JOB_MILLIS));
      long signal;
      try (WorkerProcess first = WorkerProcess.start(settings, kind, url, file, BUDGET)) {
        Patience.until(
            kind.name() + " begins " + BEGUN + " jobs",
            PATIENCE_SECONDS,
            () -> Effects.jobs(file, Effects.BEGIN) >= BEGUN);
        signal = System.currentTimeMillis();
        double _ = kill ? first.kill() : first.terminate();
      }
      List<Effects.Effect> before = Effects.read(file);
      try (WorkerProcess second = WorkerProcess.start(settings, kind, url, file, BUDGET)) {
        long restart = System.currentTimeMillis();
        boolean all =
            Patience.waited(PATIENCE_SECONDS, () -> Effects.jobs(file, Effects.END) == JOBS);
        long done = System.currentTimeMillis();
        boolean _ = all && Patience.waited(PATIENCE_SECONDS, () -> engine.standing().open() == 0);
        long open = all ? engine.standing().open() : 0;
        double _ = second.terminate();
        return judge(JOBS, Effects.read(file), before.size(), open, signal, restart, done);
      }
    } finally {
      WorkerFigures.delete(file);
    }
  }

  /**
   * What the effects say.
   *
   * @param all of both processes, in the order in which they were recorded
   * @param before how many of them are the first process's
   * @param signal when the first was sent its signal, in milliseconds
   * @param restart when the second was ready
   * @param done when all were done, or nobody waited any more
   */
  static Run judge(
      int jobs,
      List<Effects.Effect> all,
      int before,
      long open,
      long signal,
      long restart,
      long done) {
    Map<Integer, Integer> ends = Effects.counts(all, Effects.END);
    int twice = ends.values().stream().mapToInt(count -> count - 1).sum();
    Map<Integer, Long> lastBegin = new HashMap<>();
    for (Effects.Effect effect : all) {
      if (effect.what().equals(Effects.BEGIN)) {
        lastBegin.merge(effect.job(), effect.millis(), Math::max);
      }
    }
    int late = 0;
    for (long begin : lastBegin.values()) {
      if (begin - restart > LATE_MILLIS) {
        late++;
      }
    }
    // Cut off: begun, and not ended when the process was gone.
    List<Effects.Effect> first = all.subList(0, before);
    List<Integer> cut = new ArrayList<>(Effects.counts(first, Effects.BEGIN).keySet());
    cut.removeAll(Effects.counts(first, Effects.END).keySet());
    long again = signal;
    for (int job : cut) {
      again = Math.max(again, lastBegin.getOrDefault(job, signal));
    }
    return new Run(
        jobs - ends.size(), twice, late, open, (again - signal) * 1e-3, (done - signal) * 1e-3);
  }
}
