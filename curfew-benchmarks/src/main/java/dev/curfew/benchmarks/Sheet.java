// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures of a run, as a table for people or as JSON for machines. */
final class Sheet {
  private final List<Figure> figures = new ArrayList<>();

  void add(Figure figure) {
    figures.add(figure);
  }

  List<Figure> figures() {
    return List.copyOf(figures);
  }

  /** Columns: variant, value, unit, inter-quartile range, goal, verdict. */
  String table() {
    StringBuilder out = new StringBuilder();
    String what = "";
    for (Figure figure : figures) {
      if (!figure.what().equals(what)) {
        what = figure.what();
        out.append('\n').append(what).append('\n');
      }
      Spread value = figure.value();
      Double goal = figure.goal();
      String row =
          String.format(
              Locale.ROOT,
              "  %-44s %11s %-8s %-23s %-10s %-8s %s",
              figure.variant(),
              value == null ? "-" : number(value.median()),
              figure.unit(),
              value == null || value.count() == 1
                  ? ""
                  : "[" + number(value.low()) + " .. " + number(value.high()) + "]",
              goal == null ? "" : "<= " + number(goal),
              figure.verdict(),
              figure.note());
      out.append(row.stripTrailing()).append('\n');
    }
    return out.toString();
  }

  /** One object: the machine, and an array of figures with median, quartiles, goal, verdict. */
  String json() {
    StringBuilder out = new StringBuilder("{\"java\":");
    quote(out, System.getProperty("java.vm.version", "unknown"));
    out.append(",\"processors\":").append(Runtime.getRuntime().availableProcessors());
    out.append(",\"figures\":[");
    String separator = "\n";
    for (Figure figure : figures) {
      out.append(separator).append("{\"what\":");
      separator = ",\n";
      quote(out, figure.what());
      out.append(",\"variant\":");
      quote(out, figure.variant());
      out.append(",\"unit\":");
      quote(out, figure.unit());
      Spread value = figure.value();
      if (value != null) {
        out.append(",\"median\":").append(value.median());
        out.append(",\"low\":").append(value.low());
        out.append(",\"high\":").append(value.high());
        out.append(",\"count\":").append(value.count());
      }
      if (figure.goal() != null) {
        out.append(",\"goal\":").append(figure.goal());
      }
      out.append(",\"verdict\":");
      quote(out, figure.verdict());
      out.append(",\"note\":");
      quote(out, figure.note());
      out.append('}');
    }
    return out.append("\n]}\n").toString();
  }

  private static String number(double value) {
    double size = Math.abs(value);
    return String.format(Locale.ROOT, size < 10 ? "%.3f" : size < 100 ? "%.1f" : "%.0f", value);
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
