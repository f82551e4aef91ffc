// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
  @TempDir Path folder;

  @Test
  void theFileHoldsTheLastReportAndNothingIsLeftBesideIt() throws IOException {
    ReportFile file = new ReportFile(folder.resolve("report.json"));

    file.write(1, report("first"));
    file.write(2, report("second"));

    assertThat(file.path()).content().contains("second").doesNotContain("first");
    try (Stream<Path> all = Files.list(folder)) {
      assertThat(all).containsExactly(file.path());
    }
  }

  @Test
  void anOlderReportThatComesLateDoesNotWin() throws IOException {
    ReportFile file = new ReportFile(folder.resolve("report.json"));

    file.write(2, report("newer"));
    file.write(1, report("older"));

    assertThat(file.path()).content().contains("newer");
  }

  @Test
  void aFullDiskIsAnErrorAndTheDeviceIsNotReplaced() {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();

    assertThatThrownBy(() -> new ReportFile(full).write(1, report("crawler")))
        .isInstanceOf(IOException.class);
    assertThat(Files.isRegularFile(full)).isFalse();
  }

  @Test
  void aMissingFolderIsAnError() {
    ReportFile file = new ReportFile(folder.resolve("nowhere/report.json"));

    assertThatThrownBy(() -> file.write(1, report("crawler"))).isInstanceOf(IOException.class);
  }

  private static StopReport report(String name) {
    Member member = new Member(Options.named(name), service -> {});
    member.holds(new FakeRoot(member));
    return Reports.of(
        List.of(member),
        Request.now(Trigger.Origin.API, "requestStop", "test"),
        new Trigger(Trigger.Origin.API, "requestStop", "test", List.of(), Instant.EPOCH),
        new Verdict(StopOutcome.CLEAN, 0),
        Stage.NOTHING,
        List.of(),
        List.of());
  }
}
