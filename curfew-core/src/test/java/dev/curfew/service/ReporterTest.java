// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.curfew.report.StopReport;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReporterTest {
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Reporter reporter = new Reporter(said::add, null);

  @TempDir Path folder;

  @Test
  void aCleanReportIsOneLine() {
    reporter.finish(report(), List.of(), true, List.of());

    assertThat(said).singleElement().asString().startsWith("CURFEW ").containsOnlyOnce("\n");
  }

  @Test
  void theStackOfWhatFailedFollowsTheReport() {
    reporter.finish(report(), List.of(), true, List.of(new IllegalStateException("no port")));

    assertThat(said)
        .singleElement()
        .asString()
        .startsWith("CURFEW ")
        .contains("IllegalStateException: no port")
        .contains("at dev.curfew.service.ReporterTest");
  }

  @Test
  void aFileThatCannotBeWrittenIsSpokenOfOnce() {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    List<ReportFile> files = List.of(new ReportFile(full));

    reporter.finish(report(), files, false, List.of());
    reporter.finish(report(), files, false, List.of());

    assertThat(said)
        .singleElement()
        .asString()
        .contains("report file /dev/full")
        .contains("reportFile(..)")
        .endsWith("\n");
  }

  @Test
  void aFailureWhoseMessageHangsLeavesTheLine() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    Throwable hangs =
        new RuntimeException() {
          private static final long serialVersionUID = 1;

          @Override
          public String getMessage() {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return "late";
          }
        };

    reporter.finish(report(), List.of(), true, List.of(hangs));
    never.countDown();

    assertThat(said)
        .singleElement()
        .asString()
        .startsWith("CURFEW ")
        .contains("could not be rendered within 500 ms");
  }

  private static StopReport report() {
    Member member = new Member(Options.named("crawler"), service -> {});
    member.holds(new FakeRoot(member));
    return Reports.running(List.of(member));
  }
}
