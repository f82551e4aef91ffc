// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * From the put of a job, one at a time at a steady rate, until a worker begins it: put by the
 * worker's own process, which can tell it at once, and by another, which has a pool of its own.
 */
final class StartDelayFigures {
  private static final int ROUNDS = 3;
  private static final int RATE = 100;
  private static final int SECONDS = 12;
  private static final long PATIENCE_SECONDS = 60;

  private StartDelayFigures() {}

  private record Variant(Engine.Kind kind, boolean fromElsewhere) {
    String name() {
      return kind.name() + (fromElsewhere ? ", put elsewhere" : "");
    }
  }

  /** Milliseconds of one round. */
  private record Delay(double p50, double p99) {}

  static void measure(Database database, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    String title = "put to begin, " + RATE + " jobs/s, PostgreSQL";
    int rounds = settings.brief() ? 1 : Math.min(settings.rounds(), ROUNDS);
    int jobs = settings.brief() ? 10 : Math.min(settings.tasks(), RATE * SECONDS);
    Map<Variant, List<Delay>> delays = new LinkedHashMap<>();
    variants(settings).forEach(variant -> delays.put(variant, new ArrayList<>()));
    List<Variant> order = new ArrayList<>(delays.keySet());
    Random random = new Random(settings.seed());
    for (int round = 0; round < rounds; round++) {
      progress.say(title + ": round " + (round + 1) + " of " + rounds);
      Collections.shuffle(order, random);
      for (Variant variant : order) {
        String url = database.fresh(variant.kind().database());
        delays.computeIfAbsent(variant, _ -> new ArrayList<>()).add(delay(variant, url, jobs));
      }
    }
    delays.forEach((variant, each) ->
        sheet.add(
            Figure.plain(title, variant.name() + ", p50", "ms", Spread.of(each, Delay::p50))));
    delays.forEach((variant, each) -> {
      Figure figure =
          Figure.plain(title, variant.name() + ", p99", "ms", Spread.of(each, Delay::p99));
      sheet.add(
          variant.kind().ours()
              ? figure.atMost(leastOfPeers(delays, variant.fromElsewhere()))
              : figure);
    });
  }

  /** Those that only poll are not told by anybody, so that it makes no difference who puts. */
  private static List<Variant> variants(Settings settings) {
    List<Variant> variants = new ArrayList<>();
    for (Engine.Kind kind : Engine.all()) {
      if (!(settings.brief() && kind.poll().equals(DbSchedulerEngine.DEFAULT_POLL))) {
        variants.add(new Variant(kind, false));
      }
    }
    for (Engine.Kind kind : Engine.all()) {
      if (!kind.onlyPolls()) {
        variants.add(new Variant(kind, true));
      }
    }
    return variants;
  }

  private static double leastOfPeers(Map<Variant, List<Delay>> delays, boolean fromElsewhere) {
    return delays.entrySet().stream()
        .filter(entry -> !entry.getKey().kind().ours())
        .filter(entry -> entry.getKey().fromElsewhere() == fromElsewhere)
        .mapToDouble(entry -> Spread.of(entry.getValue(), Delay::p99).median())
        .min()
        .orElseThrow();
  }

  private static Delay delay(Variant variant, String url, int jobs) throws Exception {
    AtomicLongArray begun = new AtomicLongArray(jobs);
    AtomicInteger begins = new AtomicInteger();
    AtomicInteger warm = new AtomicInteger();
    long[] put = new long[jobs];
    try (Engine worker = variant.kind().open(url);
        Engine other = variant.kind().open(url)) {
      Engine putter = variant.fromElsewhere() ? other : worker;
      worker.start(text -> {
        int job = Integer.parseInt(text);
        if (job < 0) {
          warm.incrementAndGet();
        } else if (begun.compareAndSet(job, 0, System.nanoTime())) {
          begins.incrementAndGet();
        }
      });
      putter.put(List.of("-1"));
      Patience.until(
          variant.name() + " begins its first job", PATIENCE_SECONDS, () -> warm.get() > 0);
      long next = System.nanoTime();
      for (int job = 0; job < jobs; job++) {
        next += TimeUnit.SECONDS.toNanos(1) / RATE;
        for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        put[job] = System.nanoTime();
        putter.put(List.of(Integer.toString(job)));
      }
      Patience.until(
          variant.name() + " begins " + jobs + " jobs",
          PATIENCE_SECONDS,
          () -> begins.get() == jobs);
    }
    double[] millis = new double[jobs];
    for (int job = 0; job < jobs; job++) {
      millis[job] = (begun.get(job) - put[job]) * 1e-6;
    }
    Arrays.sort(millis);
    return new Delay(millis[jobs / 2], millis[(int) (jobs * 0.99)]);
  }
}
