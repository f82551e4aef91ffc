// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How many jobs a second that do nothing, put before. */
final class JobRateFigures {
  private static final String TITLE =
      "jobs of no work a second, " + Engine.WORKERS + " at once, PostgreSQL";
  private static final int ROUNDS = 5;
  private static final int WARM_UP = 1;
  private static final int JOBS = 5000;
  private static final long PATIENCE_SECONDS = 120;

  private JobRateFigures() {}

  static void measure(Database database, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    int rounds = settings.brief() ? 1 : Math.min(settings.rounds(), ROUNDS);
    int jobs = Math.min(settings.tasks(), JOBS);
    Map<Engine.Kind, List<Double>> rates = new LinkedHashMap<>();
    (settings.brief() ? Engine.all() : Engine.forThroughput())
        .forEach(kind -> rates.put(kind, new ArrayList<>()));
    List<Engine.Kind> order = new ArrayList<>(rates.keySet());
    Random random = new Random(settings.seed());
    for (int round = settings.brief() ? 0 : -Math.min(settings.warmUp(), WARM_UP);
        round < rounds;
        round++) {
      progress.say(TITLE + ": round " + (round + 1) + " of " + rounds);
      Collections.shuffle(order, random);
      for (Engine.Kind kind : order) {
        double rate = rate(kind, database, jobs);
        if (round >= 0) {
          rates.computeIfAbsent(kind, _ -> new ArrayList<>()).add(rate);
        }
      }
    }
    rates.forEach((kind, each) ->
        sheet.add(Figure.plain(TITLE, kind.name(), "jobs/s", Spread.of(each, rate -> rate))));
    goal(rates, sheet);
  }

  /** As what each peer reaches of it in the same round, because goals are upper limits. */
  private static void goal(Map<Engine.Kind, List<Double>> rates, Sheet sheet) {
    rates.forEach((ours, own) ->
        rates.forEach((peer, each) -> {
          if (ours.ours() && !peer.ours()) {
            double[] ratios = new double[own.size()];
            for (int i = 0; i < ratios.length; i++) {
              ratios[i] = each.get(i) / own.get(i);
            }
            String variant = peer.name() + " / " + ours.name();
            sheet.add(Figure.plain(TITLE, variant, "x", Spread.of(ratios)).atMost(0.5));
          }
        }));
  }

  /**
   * From the first job's begin until the queue has none left: how long a start takes is no rate.
   */
  private static double rate(Engine.Kind kind, Database database, int jobs) throws Exception {
    String url = database.fresh(kind.database());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < jobs; i++) {
      texts.add("job " + i);
    }
    AtomicInteger begun = new AtomicInteger();
    AtomicLong first = new AtomicLong();
    try (Engine engine = kind.open(url)) {
      engine.put(texts);
      database.settle(url);
      engine.start(text -> {
        if (begun.getAndIncrement() == 0) {
          first.set(System.nanoTime());
        }
      });
      Patience.until(
          kind.name() + " begins " + jobs + " jobs", PATIENCE_SECONDS, () -> begun.get() >= jobs);
      Patience.until(
          kind.name() + " ends " + jobs + " jobs",
          PATIENCE_SECONDS,
          () -> engine.standing().open() == 0);
      double seconds = (System.nanoTime() - first.get()) * 1e-9;
      if (begun.get() != jobs) {
        throw new IllegalStateException(
            kind.name() + " began " + begun.get() + " jobs; expected " + jobs);
      }
      return jobs / seconds;
    }
  }
}
