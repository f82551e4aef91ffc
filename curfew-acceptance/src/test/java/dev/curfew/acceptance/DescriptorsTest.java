// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.curfew.acceptance.child.Descriptors;
import dev.curfew.acceptance.child.Signalled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that are closed or stuck, and files that can't be written (laws 22, 23). */
final class DescriptorsTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  @TempDir private Path folder;

  @Test
  void aClosedStdoutChangesNothing() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).redirect(">&-").reportingTo(report());
    try (ChildJvm child = launch.start()) {
      child.awaitThat("the first report is there", () -> JsonReport.isThere(report()));
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0).saidNothingElse();
    }
  }

  @Test
  void aClosedStderrLeavesTheReportFileAndTheExitCode() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).redirect("2>&-").reportingTo(report());
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      Ended ended = child.signal("TERM").awaitEnd(BOUND).exited(0).said("closed database");
      assertThat(ended.err()).isEmpty();
      assertThat(JsonReport.read(report()).text("outcome")).isEqualTo("CLEAN");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2>&-", "<&- >&- 2>&-"})
  void theReportNeverLandsInAFileThatGotAClosedDescriptor(String closed) throws Exception {
    Launch launch = ChildJvm.of(Descriptors.DataFile.class).arguments(folder).redirect(closed);
    try (ChildJvm child = launch.reportingTo(report()).start()) {
      child.awaitEnd(BOUND.plusSeconds(8)).exited(70);
      for (int file = 0; file < 6; file++) {
        assertThat(folder.resolve("data-" + file)).hasContent("data\n");
      }
      assertThat(JsonReport.read(report()).text("outcome")).isEqualTo("CRITICAL");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "stream"})
  void aFullStderrThatNobodyReadsDoesNotHoldTheExit(String how) throws Exception {
    Launch launch = ChildJvm.of(Descriptors.FillsStderr.class).arguments(how);
    launch.leavingStderrUnread().reportingTo(report());
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      // 64 KiB on Linux: the sixteenth block fits, the next one waits for ever.
      child.awaitOut("wrote a block", 16);
      child.signal("TERM").awaitEnd(BOUND).exited(0).said("closed database");
      assertThat(JsonReport.read(report()).text("outcome")).isEqualTo("CLEAN");
    }
  }

  @Test
  void aFullDiskCostsTheReportFileAndNothingElse() throws Exception {
    // A disk of its own, in a mount namespace of its own, gone with the child.
    String disk = "mount -t tmpfs -o size=4k tmpfs \"" + folder + "\"";
    assumeTrue(
        Launch.runs("unshare", "--mount", "sh", "-c", disk),
        "a disk of 4 KiB needs rights that this user does not have here");
    String fill = "head -c 4096 /dev/zero > \"" + folder + "/full\"";
    Launch launch = ChildJvm.of(Signalled.Idle.class).reportingTo(report());
    launch.through(
        "unshare", "--mount", "sh", "-c", "'" + disk + " && " + fill + "; exec \"$@\"'", "sh");
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .warned(report().toString())
          .warned("No space left on device")
          .said("closed database");
    }
  }

  @Test
  void aFileSizeLimitCostsTheReportFileAndNothingElse() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).first("ulimit -f 0");
    try (ChildJvm child = launch.reportingTo(report()).start()) {
      child.awaitOut("ready");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .warned(report().toString())
          .said("closed database");
      assertThat(folder).as("no temporary file stays").isEmptyDirectory();
    }
  }

  @Test
  void aReportFileInAFolderThatIsNotThereCostsTheReportFileAndNothingElse() throws Exception {
    Path nowhere = folder.resolve("nowhere").resolve("report.json");
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).reportingTo(nowhere).start()) {
      child.awaitOut("ready");
      Ended ended = child.signal("TERM").awaitEnd(BOUND);
      ended.stopped("CLEAN", "SIGTERM", 0).warned(nowhere.toString()).said("closed database");
      assertThat(Files.exists(nowhere)).isFalse();
    }
  }

  private Path report() {
    return folder.resolve("report.json");
  }
}
