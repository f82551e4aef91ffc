// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class StopJsonTest {
  /** What no two processes have in common. */
  private static final Set<String> OF_THE_PROCESS =
      Set.of("host", "pid", "jdk", "startedAt", "uptimeMs");

  @Test
  void theDocumentedExampleIsWhatIsWritten() throws IOException {
    Map<String, Object> example = StrictJson.parseObject(documented("json"));
    Map<String, Object> written = StrictJson.parseObject(json(Reports.documented()));
    for (String field : OF_THE_PROCESS) {
      assertThat(written).containsKey(field);
      written.put(field, example.get(field));
    }

    assertThat(written).isEqualTo(example);
    assertThat(written.keySet()).containsExactlyElementsOf(example.keySet());
  }

  @Test
  void theDocumentedTextIsWhatIsWritten() throws IOException {
    assertThat(documented("text")).isEqualTo(Reports.documented().text());
  }

  @Test
  void everyFieldIsDescribed() throws IOException {
    Set<String> names = new TreeSet<>();
    collect(StrictJson.parse(json(Reports.documented())), names);

    String page = page();
    assertThat(names)
        .hasSizeGreaterThan(50)
        .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
  }

  @Test
  void aServiceThatRunsHasNoTrigger() throws IOException {
    Account none = new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of());
    StopReport report =
        new StopReport(
            "a",
            null,
            StopOutcome.RUNNING,
            null,
            Duration.ZERO,
            Duration.ofSeconds(25),
            0,
            none,
            List.of(),
            List.of());

    assertThat(StrictJson.parseObject(json(report)))
        .containsEntry("outcome", "RUNNING")
        .containsEntry("trigger", null)
        .containsEntry("version", null)
        .containsEntry("uptimeMs", null)
        .containsEntry("pid", ProcessHandle.current().pid());
  }

  @Test
  void aStatusThatSomebodyElseGaveIsNoNumber() throws IOException {
    Account none = new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of());
    StopReport report = Reports.of(StopOutcome.CLEAN, Duration.ZERO, StopReport.KEPT, none);

    assertThat(StrictJson.parseObject(json(report))).containsEntry("exitCode", null);
    assertThat(report.line()).contains(" exit=kept pending=0 ");
  }

  @Test
  void listsAreCutAndCountsExact() throws IOException {
    List<Pending> pending = new ArrayList<>();
    List<ResourceEnd> resources = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      pending.add(Reports.pending("/a" + i, Pending.State.RUNNING, 2));
      resources.add(Reports.closed("/a/r" + i, i));
      findings.add(Reports.finding(Cause.UNCLOSED, true, 2));
    }
    resources.add(
        new ResourceEnd("/a/late", ResourceEnd.How.SKIPPED, null, Duration.ZERO, null, List.of()));
    Account account = new Account(WorkCount.NONE, pending, 3000, resources, findings);
    Map<String, Object> json =
        StrictJson.parseObject(
            json(Reports.of(StopOutcome.INTERRUPTED, Duration.ZERO, 130, account)));

    assertThat(json).containsEntry("pendingTasks", 3000L).containsEntry("findingCount", 3000L);
    assertThat(json.get("resourceCounts"))
        .isEqualTo(Map.of("CLOSED", 1500L, "THREW", 0L, "ABANDONED", 0L, "SKIPPED", 1L));
    assertThat((List<?>) json.get("pending")).hasSize(1000);
    assertThat((List<?>) json.get("findings")).hasSize(1000);
    assertThat((List<?>) json.get("resources")).hasSize(1000);
    assertThat(json.get("resources").toString()).startsWith("[{path=/a/late, name=late, owner=/a");
    assertThat((List<?>) json.get("slowest")).hasSize(10);
    assertThat(json.get("slowest").toString()).startsWith("[{kind=close, path=/a/r1499, ms=1499}");
  }

  @Test
  void instantsHaveAFixedShape() {
    assertThat(StopJson.utc(Instant.parse("2026-01-02T03:04:05.006789Z")))
        .isEqualTo("2026-01-02T03:04:05.006Z");
    assertThat(StopJson.utc(Instant.parse("2026-11-12T13:14:15.160Z")))
        .isEqualTo("2026-11-12T13:14:15.160Z");
    assertThat(StopJson.utc(Instant.EPOCH)).isEqualTo("1970-01-01T00:00:00.000Z");
    assertThat(StopJson.utc(Instant.ofEpochMilli(-50))).isEqualTo("1969-12-31T23:59:59.950Z");
  }

  private static void collect(Object value, Set<String> names) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, inner) -> {
        names.add((String) name);
        collect(inner, names);
      });
    } else if (value instanceof List<?> list) {
      list.forEach(inner -> collect(inner, names));
    }
  }

  private static String json(StopReport report) throws IOException {
    StringBuilder out = new StringBuilder();
    report.writeJson(out);
    return out.toString();
  }

  /** The first fenced block of this language in the page. */
  private static String documented(String language) throws IOException {
    String page = page();
    String fence = "```" + language + "\n";
    int start = page.indexOf(fence);
    assertThat(start).as("a block of " + language).isPositive();
    return page.substring(start + fence.length(), page.indexOf("```", start + fence.length()));
  }

  private static String page() throws IOException {
    return Files.readString(Path.of("..", "docs", "report.md"));
  }
}
