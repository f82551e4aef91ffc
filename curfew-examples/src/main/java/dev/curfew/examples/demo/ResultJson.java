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
    Jobs jobs = result.jobs();
    DemoOptions options = result.options();
    return "{\"schema\":\"curfew.demo/2\""
        + ",\"mode\":"
        + quote(options.mode().name().toLowerCase(Locale.ROOT))
        + ",\"seed\":"
        + options.seed()
        + ",\"rate\":"
        + options.rate()
        + ",\"load_seconds\":"
        + options.seconds()
        + ",\"requests_until_kill\":"
        + requests(result.untilKill())
        + ",\"requests_until_sigterm\":"
        + requests(result.untilTerm())
        + ",\"jobs\":{\"accepted\":"
        + jobs.accepted()
        + ",\"delivered\":"
        + jobs.delivered().size()
        + ",\"dead\":"
        + strings(jobs.dead())
        + ",\"queued\":"
        + strings(jobs.queued())
        + ",\"lost\":"
        + strings(jobs.lost())
        + ",\"duplicates\":"
        + jobs.duplicates()
        + ",\"delivered_twice\":"
        + strings(jobs.repeated())
        + ",\"unexplained\":"
        + strings(jobs.unexplained())
        + ",\"delivered_unanswered\":"
        + jobs.unanswered()
        + "},\"most_in_a_second\":{\"calls\":"
        + result.pace().calls()
        + ",\"tokens\":"
        + result.pace().tokens()
        + "},\"exit\":"
        + result.stopped().exitCode()
        + ",\"seconds\":"
        + result.stopped().seconds()
        + ",\"services\":"
        + result.ended().stream().map(ResultJson::ended).collect(Collectors.joining(",", "[", "]"))
        + ",\"broken\":"
        + strings(result.broken())
        + "}";
  }

  private static String requests(Requests requests) {
    return "{\"sent\":"
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
        + "}";
  }

  private static String ended(Ended ended) {
    String report = ended.reportJson();
    return "{\"run\":"
        + quote(ended.settings().run())
        + ",\"killed\":"
        + ended.killed()
        + ",\"exit\":"
        + ended.exitCode()
        + ",\"seconds\":"
        + ended.seconds()
        + ",\"report_text\":"
        + quote(ended.report())
        + ",\"report\":"
        + (report == null ? "null" : report.strip().replace("\n", " "))
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
