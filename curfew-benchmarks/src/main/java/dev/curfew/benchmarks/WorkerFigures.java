// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Curfew's worker on PostgreSQL beside db-scheduler and JobRunr, all on the same server. */
final class WorkerFigures {
  private static final int RUNS = 5;

  private WorkerFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    try (Database database = Database.start(!settings.brief())) {
      if (!settings.brief()) {
        measureHere(database, settings, sheet, progress);
        measureProcesses(database, settings, sheet, progress);
        return;
      }
      Sheet processes = new Sheet();
      try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Sheet> others =
            tasks.submit(() -> {
              measureProcesses(database, settings, processes, Progress.SILENT);
              return processes;
            });
        measureHere(database, settings, sheet, progress);
        others.get().figures().forEach(sheet::add);
      }
    }
  }

  private static void measureHere(
      Database database, Settings settings, Sheet sheet, Progress progress) throws Exception {
    JobRateFigures.measure(database, settings, sheet, progress);
    StartDelayFigures.measure(database, settings, sheet, progress);
  }

  private static void measureProcesses(
      Database database, Settings settings, Sheet sheet, Progress progress) throws Exception {
    WorkerStopFigures.measure(database, settings, sheet, progress);
    WorkerCrashFigures.measure(database, settings, sheet, progress);
  }

  /** One run of one engine. */
  @FunctionalInterface
  interface Run<T> {
    T of(Engine.Kind kind) throws Exception;
  }

  /**
   * Runs each engine once a round, in an order drawn anew; all at once where values mean nothing.
   */
  static <T> Map<Engine.Kind, List<T>> interleaved(
      String title, List<Engine.Kind> kinds, Settings settings, Progress progress, Run<T> run)
      throws Exception {
    Map<Engine.Kind, List<T>> runs = new LinkedHashMap<>();
    kinds.forEach(kind -> runs.put(kind, new ArrayList<>()));
    List<Engine.Kind> order = new ArrayList<>(kinds);
    Random random = new Random(settings.seed());
    int rounds = Math.min(settings.runs(), RUNS);
    for (int round = 0; round < rounds; round++) {
      progress.say(title + ": run " + (round + 1) + " of " + rounds);
      Collections.shuffle(order, random);
      try (ExecutorService tasks =
          settings.brief()
              ? Executors.newVirtualThreadPerTaskExecutor()
              : Executors.newSingleThreadExecutor()) {
        Map<Engine.Kind, Future<T>> results = new LinkedHashMap<>();
        order.forEach(kind -> results.put(kind, tasks.submit(() -> run.of(kind))));
        for (Map.Entry<Engine.Kind, Future<T>> result : results.entrySet()) {
          runs.computeIfAbsent(result.getKey(), _ -> new ArrayList<>())
              .add(result.getValue().get());
        }
      }
    }
    return runs;
  }

  /** A file of effects, with what its processes have said. */
  static void delete(Path effects) throws IOException {
    Files.deleteIfExists(effects);
    Files.deleteIfExists(effects.resolveSibling(effects.getFileName() + ".err"));
  }
}
