// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cancel and join of many blocked tasks, as a ratio to interrupting raw threads in a loop. */
final class CancelFigures {
  private static final double PARKED_GOAL = 1.0;
  private static final double SLEEPING_GOAL = 1.2;

  private CancelFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    for (Crowd.Kind kind : Crowd.Kind.values()) {
      warm(kind, settings, sheet, progress);
    }
    for (Crowd.Kind kind : Crowd.Kind.values()) {
      cold(kind, settings, sheet, progress);
    }
  }

  private static void warm(Crowd.Kind kind, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    String title = "cancel and join, " + word(kind);
    List<Cancelling> variants = new ArrayList<>();
    for (Holder holder : Holder.ALL) {
      Cancelling variant = new Cancelling(holder, kind, settings.tasks());
      try {
        variant.once();
        variants.add(variant);
      } catch (UnsupportedOperationException e) {
        sheet.add(Figure.missing(title, holder.name(), String.valueOf(e.getMessage())));
      }
    }
    // A round takes seconds, and one cancel is much longer than the scatter between two.
    Rounds rounds = Rounds.run(title, variants, fewer(settings), progress);
    for (Cancelling variant : variants) {
      String name = variant.name();
      if (!name.equals(Holder.RAW.name())) {
        Figure figure =
            Figure.plain(title + ", CPU as a ratio to raw", name, "x", rounds.ratio(name, "raw"));
        double goal = kind == Crowd.Kind.PARKED ? PARKED_GOAL : SLEEPING_GOAL;
        sheet.add(name.equals(Holder.CURFEW.name()) ? figure.atMost(goal) : figure);
      }
    }
    for (Cancelling variant : variants) {
      sheet.add(
          Figure.plain(
              title + ", wall time",
              variant.name(),
              "ms",
              rounds.spread(variant.name(), Meter.Sample::wallNanos).times(1e-6)));
    }
  }

  private static void cold(Crowd.Kind kind, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    String title = "cancel and join, " + word(kind) + ", the first one of a fresh JVM";
    for (Holder holder : Holder.ALL) {
      List<Double> cpu = new ArrayList<>();
      List<Double> wall = new ArrayList<>();
      int runs = Math.min(settings.runs(), 7);
      for (int run = 0; run < runs; run++) {
        progress.say(title + ": " + holder.name() + " " + (run + 1) + " of " + runs);
        String line =
            Child.firstLine(
                settings,
                CrowdMain.class,
                List.of("cold", holder.name(), kind.name(), "" + settings.tasks()));
        if (line.startsWith("unsupported")) {
          sheet.add(Figure.missing(title, holder.name(), line));
          break;
        }
        String[] nanos = line.split(" ", 2);
        cpu.add(Long.parseLong(nanos[0]) * 1e-6);
        wall.add(Long.parseLong(nanos[1]) * 1e-6);
      }
      if (!cpu.isEmpty()) {
        sheet.add(Figure.plain(title, holder.name() + ", CPU", "ms", Spread.of(cpu, x -> x)));
        sheet.add(Figure.plain(title, holder.name() + ", wall", "ms", Spread.of(wall, x -> x)));
      }
    }
  }

  private static Settings fewer(Settings settings) {
    return settings
        .with("--rounds", "" + Math.max(1, settings.rounds() / 2))
        .with("--warm-up", "" + Math.max(1, settings.warmUp() / 3));
  }

  private static String word(Crowd.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private record Cancelling(Holder holder, Crowd.Kind kind, int tasks) implements Rounds.Variant {
    @Override
    public String name() {
      return holder.name();
    }

    @Override
    @SuppressWarnings("ExplicitGc")
    public Meter.Sample once() throws Exception {
      // What the previous variant left behind is not this one's cost.
      System.gc();
      Stopwatch stopwatch = new Stopwatch();
      holder.run().hold(new Crowd(tasks, kind, stopwatch));
      return stopwatch.sample();
    }
  }
}
