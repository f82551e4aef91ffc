// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/** From SIGTERM to the exit of fresh JVMs: idle, and under load with what was lost. */
final class ShutdownFigures {
  private static final double IDLE_GOAL_MILLIS = 15;

  /** 30 ms, and 300 more that the JVM itself takes once virtual threads did I/O. */
  private static final double LOAD_GOAL_MILLIS = 330;

  private ShutdownFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    idle(settings, sheet, progress);
    load(settings, 0, sheet, progress);
    load(settings, 50, sheet, progress);
  }

  private static void idle(Settings settings, Sheet sheet, Progress progress) throws Exception {
    String title = "SIGTERM to exit, idle";
    Stop.Kind floor =
        new Stop.Kind(
            "JVM with an empty hook", false, 0, starter(settings, IdleMain.class, "hook"));
    Stop.Kind ours = new Stop.Kind("curfew", true, 0, starter(settings, IdleMain.class, "service"));
    Stop.interleaved(title, List.of(floor, ours), settings, progress);
    if (took(title, floor, sheet) && took(title, ours, sheet)) {
      double[] more = new double[ours.stops().size()];
      for (int i = 0; i < more.length; i++) {
        more[i] = ours.stops().get(i).millis() - floor.stops().get(i).millis();
      }
      sheet.add(
          Figure.plain(title, "curfew - empty hook", "ms", Spread.of(more))
              .atMost(IDLE_GOAL_MILLIS));
    }
  }

  private static void load(Settings settings, long thinkMillis, Sheet sheet, Progress progress)
      throws Exception {
    String title =
        String.format(
            Locale.ROOT,
            "SIGTERM to exit, %d kept-alive connections, %d ms requests, pauses up to %d ms",
            Stop.CONNECTIONS,
            Stop.REQUEST_MILLIS,
            thinkMillis);
    List<Stop.Kind> kinds =
        List.of(
            new Stop.Kind(
                "JDK, stop in a hook",
                false,
                thinkMillis,
                starter(settings, ServerMain.class, "stop")),
            new Stop.Kind(
                "JDK, Connection: close",
                false,
                thinkMillis,
                starter(settings, ServerMain.class, "closing")),
            new Stop.Kind(
                "curfew", true, thinkMillis, starter(settings, ServerMain.class, "curfew")));
    Stop.interleaved(title, kinds, settings, progress);
    for (Stop.Kind kind : kinds) {
      if (took(title, kind, sheet)) {
        Spread beyond = Spread.of(kind.stops(), Stop::beyondLastRequestMillis);
        Figure figure =
            Figure.plain(title, kind.name() + ", beyond the last request", "ms", beyond);
        sheet.add(kind.ours() ? figure.atMost(LOAD_GOAL_MILLIS) : figure);
        Figure inFlight = lost(title, "in flight", kind, stop -> stop.load().lostInFlight());
        Figure keptAlive = lost(title, "on kept-alive", kind, stop -> stop.load().lostKeptAlive());
        sheet.add(kind.ours() ? inFlight.atMost(0) : inFlight);
        sheet.add(kind.ours() ? keptAlive.atMost(0) : keptAlive);
        sheet.add(lost(title, "on fresh", kind, stop -> stop.load().lostFresh()));
      }
    }
  }

  private static Stop.Starter starter(Settings settings, Class<?> main, String kind) {
    return () -> Child.start(settings, main, List.of(kind));
  }

  private static boolean took(String title, Stop.Kind kind, Sheet sheet) {
    if (kind.stops().isEmpty()) {
      sheet.add(Figure.missing(title, kind.name(), "it never said that it is ready"));
      return false;
    }
    sheet.add(
        Figure.plain(title, kind.name(), "ms", Spread.of(kind.stops(), Stop::millis))
            .noting("exit code = runs " + kind.exitCodes()));
    return true;
  }

  /** Losses are not a matter of medians: the worst run counts. */
  private static Figure lost(
      String title, String where, Stop.Kind kind, ToIntFunction<Stop> count) {
    int worst = kind.stops().stream().mapToInt(count).max().orElse(0);
    int total = kind.stops().stream().mapToInt(count).sum();
    return Figure.plain(title, kind.name() + ", lost " + where, "requests", worst)
        .noting("worst run; " + total + " in " + kind.stops().size() + " runs");
  }
}
