// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Bytes of live heap for each of many blocked tasks, each kind in a JVM of its own. */
final class MemoryFigures {
  private static final double ABOVE_RAW = 80;

  /** "Level with" StructuredTaskScope: within a hundredth. */
  private static final double LEVEL = 1.01;

  private MemoryFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    for (Crowd.Kind kind : Crowd.Kind.values()) {
      String title = "memory of a blocked task, " + kind.name().toLowerCase(Locale.ROOT);
      Map<String, Double> bytes = new LinkedHashMap<>();
      for (Holder holder : Holder.ALL) {
        progress.say(title + ": " + holder.name());
        String line =
            Child.firstLine(
                settings,
                CrowdMain.class,
                List.of("memory", holder.name(), kind.name(), "" + settings.crowd()));
        if (line.startsWith("unsupported")) {
          sheet.add(Figure.missing(title, holder.name(), line));
        } else {
          bytes.put(holder.name(), Double.parseDouble(line));
        }
      }
      bytes.forEach((name, each) -> sheet.add(Figure.plain(title, name, "B", each)));

      Double curfew = bytes.get(Holder.CURFEW.name());
      Double raw = bytes.get(Holder.RAW.name());
      Double structured = bytes.get("StructuredTaskScope");
      if (curfew != null && raw != null && structured != null) {
        Figure against =
            Figure.plain(title, "curfew / StructuredTaskScope", "x", curfew / structured);
        if (kind == Crowd.Kind.PARKED) {
          sheet.add(Figure.plain(title, "curfew - raw", "B", curfew - raw).atMost(ABOVE_RAW));
          sheet.add(against.atMost(1));
        } else {
          sheet.add(against.atMost(LEVEL));
        }
      }
    }
  }
}
