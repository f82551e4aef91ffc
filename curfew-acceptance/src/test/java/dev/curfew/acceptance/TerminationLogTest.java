// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.Announced;
import dev.curfew.acceptance.child.Signalled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The last words that Kubernetes shows of a container. */
final class TerminationLogTest {
  private static final Duration BOUND = Duration.ofSeconds(5);

  @TempDir private Path folder;

  @Test
  void aCleanStopLeavesItsLine() throws Exception {
    Path log = Files.createFile(folder.resolve("log"));
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).terminationLog(log).start()) {
      child.awaitOut("ready");
      Ended ended = child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
      assertThat(log).hasContent(ended.err().get(0) + "\n");
    }
  }

  @Test
  void aLongReportIsCutAtALine() throws Exception {
    Path log = Files.createFile(folder.resolve("log"));
    try (ChildJvm child = ChildJvm.of(Announced.LeavesMuch.class).terminationLog(log).start()) {
      child.awaitOut("ready");
      Ended ended = child.signal("TERM").awaitEnd(BOUND).stopped("FORCED", "SIGTERM", 75);
      assertThat(Files.size(log)).isLessThanOrEqualTo(4096);
      List<String> lines = Files.readAllLines(log);
      assertThat(lines.get(0)).isEqualTo(ended.err().get(0));
      assertThat(ended.err()).containsAll(lines.subList(0, lines.size() - 1));
      assertThat(lines.get(lines.size() - 1)).contains("more").contains("cut here");
    }
  }

  @Test
  void itIsNeverMade() throws Exception {
    Path log = folder.resolve("log");
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).terminationLog(log).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0).saidNothingElse();
      assertThat(log).doesNotExist();
    }
  }
}
