// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the demo in each mode, for a second. */
@Timeout(240)
class DemoTest {
  private static final Path README = Path.of("..", "README.md");

  private static final Pattern LAST_LINE =
      Pattern.compile(
          "DEMO requests_lost=(?<requestslost>\\d+) jobs_accepted=(?<accepted>\\d+)"
              + " jobs_delivered=(?<delivered>\\d+) jobs_dead=(?<dead>\\d+)"
              + " duplicates=(?<duplicates>\\d+) jobs_lost=(?<jobslost>\\d+)"
              + " exit=(?<exit>-?\\d+) seconds=(?<seconds>[\\d.]+)");

  private record Run(int exitCode, String text) {
    static Run of(String... args) throws InterruptedException {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      int exitCode = Demo.run(new PrintStream(text, true, StandardCharsets.UTF_8), args);
      return new Run(exitCode, text.toString(StandardCharsets.UTF_8));
    }

    Map<String, Double> lastLine() {
      List<String> lines = text.lines().toList();
      Matcher matcher = LAST_LINE.matcher(lines.getLast());
      assertThat(matcher.matches()).as("the last line of%n%s", text).isTrue();
      Map<String, Double> fields = new TreeMap<>();
      matcher
          .namedGroups()
          .keySet()
          .forEach(name -> fields.put(name, Double.valueOf(matcher.group(name))));
      return fields;
    }
  }

  @Test
  void underCurfewNothingIsLost() throws InterruptedException {
    Run run = Run.of("--seconds", "1", "--rate", "200");
    assertNothingLost(run);
    assertThat(run.text()).contains("kill -9", "CURFEW shutdown service=demo outcome=CLEAN");
  }

  @Test
  void workersOnOnePostgresLoseNothing() throws InterruptedException {
    Run run = Run.of("--postgres", "--seconds", "1", "--rate", "100");
    assertNothingLost(run);
    assertThat(run.text()).contains("kill -9", "4 reports say the same as the upstream's log");
  }

  private static void assertNothingLost(Run run) {
    assertThat(run.exitCode()).as(run.text()).isZero();
    Map<String, Double> line = run.lastLine();
    assertThat(line)
        .containsEntry("requestslost", 0.0)
        .containsEntry("jobslost", 0.0)
        .containsEntry("exit", 0.0);
    assertThat(line.get("accepted"))
        .isPositive()
        .isEqualTo(line.get("delivered") + line.get("dead"));
  }

  @Test
  void thePlainServiceSaysNothingAboutWhatItLoses() throws InterruptedException {
    Run run = Run.of("--plain", "--json", "--seconds", "1", "--rate", "200");
    assertThat(run.exitCode()).as(run.text()).isZero();
    assertThat(run.lastLine()).containsEntry("exit", 143.0);
    assertThat(run.lastLine().get("requestslost")).isPositive();
    assertThat(run.lastLine().get("jobslost")).isPositive();
    List<String> lines = run.text().lines().toList();
    assertThat(lines).as("with --json, one document before the last line").hasSize(2);
    assertThat(lines.getFirst())
        .startsWith("{\"schema\":\"curfew.demo/2\"")
        .contains("\"killed\":false,\"exit\":143", "\"report_text\":\"\",\"report\":null")
        .endsWith("}");
  }

  @Test
  void whatHangsIsNamedAndTheCurfewHolds() throws Exception {
    Run run = Run.of("--stuck", "--seconds", "1", "--rate", "200");
    assertThat(run.exitCode()).as(run.text()).isZero();
    assertThat(run.lastLine()).containsEntry("exit", 75.0).containsEntry("jobslost", 0.0);
    assertThat(run.lastLine().get("seconds")).isLessThanOrEqualTo(6);
    assertThat(run.text())
        .containsPattern("Mirror\\.java:\\d+")
        .containsPattern("Ledger\\.java:\\d+");
    assertThat(ReportShape.of(run.text()))
        .as(
            "the report in the README has the lines and fields of a real one, such as%n%s",
            run.text())
        .isEqualTo(ReportShape.of(Files.readString(README)));
  }
}
