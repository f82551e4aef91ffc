// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Bytes of live heap for each of many blocked tasks, each kind in a JVM of its own. */
final class MemoryFigures {
  private static final double ABOVE_RAW = 80;

  /** Which frames a crowd parks with differs a little from JVM to JVM. */
  private static final int RUNS = 5;

  /** "Level with" StructuredTaskScope: sleeping crowds scatter by more than this between JVMs. */
  private static final double LEVEL = 1.03;

  private MemoryFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    for (Crowd.Kind kind : Crowd.Kind.values()) {
      String title = "memory of a blocked task, " + kind.name().toLowerCase(Locale.ROOT);
      Map<String, Spread> bytes = new LinkedHashMap<>();
      for (Holder holder : Holder.ALL) {
        double[] each = new double[Math.min(RUNS, settings.runs())];
        String failure = "";
        for (int run = 0; run < each.length && failure.isEmpty(); run++) {
          progress.say(title + ": " + holder.name() + " " + (run + 1) + " of " + each.length);
          String line =
              Child.firstLine(
                  settings,
                  CrowdMain.class,
                  List.of("memory", holder.name(), kind.name(), "" + settings.crowd()));
          if (line.startsWith("unsupported")) {
            failure = line;
          } else {
            each[run] = Double.parseDouble(line);
          }
        }
        if (failure.isEmpty()) {
          bytes.put(holder.name(), Spread.of(each));
        } else {
          sheet.add(Figure.missing(title, holder.name(), failure));
        }
      }
      bytes.forEach((name, each) -> sheet.add(Figure.plain(title, name, "B", each)));
      goals(title, kind, bytes, sheet);
    }
  }

  private static void goals(String title, Crowd.Kind kind, Map<String, Spread> bytes, Sheet sheet) {
    Spread curfew = bytes.get(Holder.CURFEW.name());
    Spread raw = bytes.get(Holder.RAW.name());
    Spread structured = bytes.get("StructuredTaskScope");
    if (curfew == null || raw == null || structured == null) {
      return;
    }
    double ratio = curfew.median() / structured.median();
    Figure against = Figure.plain(title, "curfew / StructuredTaskScope", "x", ratio);
    if (kind == Crowd.Kind.PARKED) {
      double more = curfew.median() - raw.median();
      sheet.add(Figure.plain(title, "curfew - raw", "B", more).atMost(ABOVE_RAW));
      sheet.add(against.atMost(1));
    } else {
      sheet.add(against.atMost(LEVEL));
    }
  }
}
