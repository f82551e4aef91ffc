// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import dev.curfew.benchmarks.Engine.Standing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/** From SIGTERM to the exit of a worker process, and how it leaves its jobs. */
final class WorkerStopFigures {
  private static final Duration AMPLE = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofSeconds(3);
  private static final double IDLE_GOAL_MILLIS = 50;
  private static final double BUDGET_GOAL_MILLIS = 100;
  private static final long PATIENCE_SECONDS = 60;

  private WorkerStopFigures() {}

  /**
   * What a worker is doing when the signal comes.
   *
   * @param jobs how many are put
   * @param millis how long each takes
   * @param settleMillis pause between the tenth job's begin and the signal
   * @param goal of what, in milliseconds
   */
  private record Scenario(
      String name,
      Chore chore,
      int jobs,
      long millis,
      long settleMillis,
      Duration budget,
      Goal goal,
      double goalMillis) {
    /** Without limits: no peer has any. */
    List<Engine.Kind> kinds() {
      return chore == Chore.LIMITED ? List.of(Engine.limited()) : Engine.all();
    }

    /** Whether it is told how the jobs are left that it has not done. */
    boolean left() {
      return jobs > 0 && (chore == Chore.NAP || chore == Chore.STUBBORN);
    }
  }

  private enum Goal {
    /** From the signal to the exit. */
    EXIT,
    /** From the end of the last job to the exit. */
    BEYOND_LAST_JOB,
    /** From the signal to the exit, of every run: a budget that is exceeded once is none. */
    BUDGET
  }

  /**
   * One stop.
   *
   * @param millis from the signal to the exit
   * @param beyondMillis from the end of the last job, if it was after the signal, to the exit
   */
  private record Run(double millis, double beyondMillis, Standing left) {}

  private static List<Scenario> scenarios() {
    return List.of(
        new Scenario("idle", Chore.NAP, 0, 0, 1500, AMPLE, Goal.EXIT, IDLE_GOAL_MILLIS),
        new Scenario(
            "jobs of 50 ms",
            Chore.NAP,
            1000,
            50,
            500,
            AMPLE,
            Goal.BEYOND_LAST_JOB,
            IDLE_GOAL_MILLIS),
        new Scenario(
            "jobs of 3 s", Chore.NAP, 20, 3000, 500, AMPLE, Goal.BEYOND_LAST_JOB, IDLE_GOAL_MILLIS),
        new Scenario(
            "jobs of 20 s that end at an interrupt, budget 3 s",
            Chore.NAP,
            20,
            20_000,
            500,
            SHORT,
            Goal.BUDGET,
            SHORT.toMillis() + BUDGET_GOAL_MILLIS),
        new Scenario(
            "jobs of 20 s that ignore interrupts, budget 3 s",
            Chore.STUBBORN,
            20,
            20_000,
            500,
            SHORT,
            Goal.BUDGET,
            SHORT.toMillis() + BUDGET_GOAL_MILLIS),
        new Scenario("jobs in backoff", Chore.FAIL, 10, 0, 500, AMPLE, Goal.EXIT, IDLE_GOAL_MILLIS),
        new Scenario(
            "jobs that wait for a limit, which no peer has",
            Chore.LIMITED,
            20,
            0,
            500,
            AMPLE,
            Goal.EXIT,
            IDLE_GOAL_MILLIS));
  }

  static void measure(Database database, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    List<Scenario> scenarios = settings.brief() ? scenarios().subList(1, 2) : scenarios();
    for (Scenario scenario : scenarios) {
      String title = "SIGTERM to exit of a worker process, " + scenario.name();
      List<Double> floor = new ArrayList<>();
      Map<Engine.Kind, List<Run>> runs =
          WorkerFigures.interleaved(
              title,
              scenario.kinds(),
              settings,
              progress,
              kind -> {
                if (scenario.jobs() == 0 && kind.ours()) {
                  floor.add(floor(settings, scenario));
                }
                return stop(database, settings, scenario, kind);
              });
      if (!floor.isEmpty()) {
        Spread spread = Spread.of(floor, millis -> millis);
        sheet.add(Figure.plain(title, "JVM with an empty hook", "ms", spread));
      }
      runs.forEach((kind, each) -> report(title, scenario, kind, each, sheet));
    }
  }

  /** How long the end of a JVM takes by itself. */
  private static double floor(Settings settings, Scenario scenario) throws Exception {
    Path effects = Files.createTempFile("curfew-effects", ".txt");
    try (WorkerProcess process = WorkerProcess.withEmptyHook(settings, effects)) {
      Patience.pause(scenario.settleMillis());
      return process.terminate();
    } finally {
      WorkerFigures.delete(effects);
    }
  }

  private static void report(
      String title, Scenario scenario, Engine.Kind kind, List<Run> runs, Sheet sheet) {
    Figure exit = Figure.plain(title, kind.name(), "ms", Spread.of(runs, Run::millis));
    boolean ours = kind.ours();
    sheet.add(ours && scenario.goal() == Goal.EXIT ? exit.atMost(scenario.goalMillis()) : exit);
    if (scenario.goal() == Goal.BUDGET) {
      Figure worst = worst(title, kind.name() + ", worst run", "ms", runs, Run::millis);
      sheet.add(ours ? worst.atMost(scenario.goalMillis()) : worst);
    }
    if (scenario.goal() == Goal.BEYOND_LAST_JOB) {
      Figure beyond =
          Figure.plain(
              title,
              kind.name() + ", beyond the last job",
              "ms",
              Spread.of(runs, Run::beyondMillis));
      sheet.add(ours ? beyond.atMost(scenario.goalMillis()) : beyond);
    }
    if (scenario.left()) {
      String name = kind.name();
      Figure claimed =
          worst(title, name + ", left claimed", "jobs", runs, run -> run.left().claimed());
      Figure delay =
          worst(title, name + ", others due after", "ms", runs, run -> run.left().delayMillis());
      Figure spent =
          worst(title, name + ", attempts spent", "jobs", runs, run -> run.left().spent());
      sheet.add(ours ? claimed.atMost(0) : claimed);
      sheet.add(delay);
      sheet.add(ours ? spent.atMost(0) : spent);
    }
  }

  private static Figure worst(
      String title, String variant, String unit, List<Run> runs, ToDoubleFunction<Run> of) {
    double worst = runs.stream().mapToDouble(of).max().orElse(0);
    return Figure.plain(title, variant, unit, worst);
  }

  private static Run stop(Database database, Settings settings, Scenario scenario, Engine.Kind kind)
      throws Exception {
    String url = database.fresh(kind.database() + "_stop");
    Path effects = Files.createTempFile("curfew-effects", ".txt");
    try (Engine engine = kind.open(url)) {
      if (scenario.jobs() > 0) {
        engine.put(scenario.chore().jobs(scenario.jobs(), scenario.millis()));
      }
      try (WorkerProcess worker =
          WorkerProcess.start(settings, kind, url, effects, scenario.budget())) {
        Patience.until(
            kind.name() + " begins " + scenario.name(),
            PATIENCE_SECONDS,
            () -> Effects.jobs(effects, Effects.BEGIN) >= Math.min(10, scenario.jobs()));
        Patience.pause(scenario.settleMillis());
        long signal = System.currentTimeMillis();
        double millis = worker.terminate();
        OptionalLong last =
            Effects.read(effects).stream()
                .filter(effect -> effect.what().equals(Effects.END))
                .mapToLong(Effects.Effect::millis)
                .max();
        double beyond = millis - Math.max(0, last.orElse(signal) - signal);
        return new Run(millis, beyond, engine.standing());
      }
    } finally {
      WorkerFigures.delete(effects);
    }
  }
}
