// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Measures the figures that Curfew is held to, beside its peers, and prints them with their goals.
 *
 * <p>{@code Figures spawn|cancel|site|rollcall|memory|shutdown|workers|all [--rounds N] [--json]
 * ...}; the table or the JSON goes to standard output, progress to standard error.
 */
public final class Figures {
  static final String OPTIONS =
      "--rounds, --warm-up, --tasks, --crowd, --runs, --seed (each with a number), --smoke, --json";

  private Figures() {}

  /** One group of figures. */
  @FunctionalInterface
  interface Measurement {
    void measure(Settings settings, Sheet sheet, Progress progress) throws Exception;
  }

  static Map<String, Measurement> measurements() {
    Map<String, Measurement> all = new LinkedHashMap<>();
    all.put("spawn", SpawnFigures::measure);
    all.put("cancel", CancelFigures::measure);
    all.put("site", SiteFigures::measure);
    all.put("rollcall", RollCallFigures::measure);
    all.put("memory", MemoryFigures::measure);
    all.put("shutdown", ShutdownFigures::measure);
    all.put("workers", WorkerFigures::measure);
    return all;
  }

  /** Measures what the first argument names; exits with 2 if the arguments are wrong. */
  public static void main(String[] args) throws Exception {
    Settings settings = Settings.FULL;
    boolean json = false;
    String which = args.length == 0 ? "" : args[0];
    Map<String, Measurement> wanted = measurements();
    try {
      if (!which.equals("all")) {
        wanted.keySet().retainAll(Set.of(which));
      }
      if (wanted.isEmpty()) {
        throw new IllegalArgumentException(
            "expected one of " + measurements().keySet() + " or all, got '" + which + "'");
      }
      for (int i = 1; i < args.length; i++) {
        switch (args[i]) {
          case "--json" -> json = true;
          case "--smoke" -> settings = Settings.SMOKE;
          default -> {
            if (i + 1 == args.length) {
              throw new IllegalArgumentException(
                  args[i] + " is unknown or lacks its value; there are " + OPTIONS);
            }
            settings = settings.with(args[i], args[++i]);
          }
        }
      }
    } catch (IllegalArgumentException e) {
      System.err.println("Figures: " + e.getMessage());
      System.exit(2);
    }

    Sheet sheet = new Sheet();
    for (Map.Entry<String, Measurement> entry : wanted.entrySet()) {
      entry.getValue().measure(settings, sheet, step -> System.err.println("  " + step));
    }
    System.out.print(json ? sheet.json() : sheet.table());
    System.out.flush();
    System.exit(0);
  }
}
