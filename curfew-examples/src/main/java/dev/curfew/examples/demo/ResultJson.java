// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The result for machines: one JSON document on one line. */
final class ResultJson {
  private ResultJson() {}

  static String of(DemoResult result) {
    Requests requests = result.requests();
    Jobs jobs = result.jobs();
    DemoOptions options = result.options();
    String report = result.reportJson();
    return "{\"schema\":\"curfew.demo/1\""
        + ",\"mode\":"
        + quote(options.mode().name().toLowerCase(Locale.ROOT))
        + ",\"seed\":"
        + options.seed()
        + ",\"rate\":"
        + options.rate()
        + ",\"load_seconds\":"
        + options.seconds()
        + ",\"requests\":{\"sent\":"
        + requests.sent()
        + ",\"answered\":"
        + requests.answered()
        + ",\"lost_in_flight\":"
        + requests.lostInFlight()
        + ",\"lost_kept_alive\":"
        + requests.lostKeptAlive()
        + ",\"never_taken\":"
        + requests.lostNew()
        + ",\"answered_by_status\":"
        + counts(requests.byStatus())
        + "},\"jobs\":{\"accepted\":"
        + jobs.accepted()
        + ",\"completed\":"
        + jobs.completed().size()
        + ",\"done_twice\":"
        + jobs.doneTwice()
        + ",\"failed\":"
        + strings(jobs.failed())
        + ",\"given_back\":"
        + strings(jobs.givenBack())
        + ",\"reported\":"
        + strings(jobs.reported())
        + ",\"lost\":"
        + strings(jobs.lost())
        + "},\"exit\":"
        + result.exitCode()
        + ",\"seconds\":"
        + result.seconds()
        + ",\"report_text\":"
        + quote(result.report())
        + ",\"report\":"
        + (report == null ? "null" : report.strip().replace("\n", " "))
        + ",\"broken\":"
        + strings(result.broken())
        + "}";
  }

  private static String counts(Map<Integer, Long> counts) {
    return new TreeMap<>(counts)
        .entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue())
            .collect(Collectors.joining(",", "{", "}"));
  }

  private static String strings(Collection<String> strings) {
    return strings.stream().map(ResultJson::quote).collect(Collectors.joining(",", "[", "]"));
  }

  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ') {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
