// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.curfew.acceptance.child.Signalled;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service does on a signal (laws 14, 16, 19, 22, 23). */
final class SignalsTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  /** A second SIGINT halts after half a second; the curfew of these services is 40 s. */
  private static final Duration HALT = Duration.ofSeconds(4);

  @Test
  void sigtermEndsAnIdleServiceCleanWithOneLine() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).curfew(Duration.ofSeconds(60));
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      // Far below the first mark, at 15 s: time that a stage does not need goes to the next.
      Ended ended = child.signal("TERM").awaitEnd(Duration.ofSeconds(10));
      ended.stopped("CLEAN", "SIGTERM", 0).counted("pending", 0).counted("lost", 0);
      ended.saidNothingElse();
      assertThat(ended.out())
          .as("newest first, and after the tasks")
          .containsExactly("ready", "asked", "closed client", "closed database");
    }
  }

  @Test
  void aSecondSigtermIsOnlyCounted() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Busy.class).arguments(1200).start()) {
      child.awaitOut("ready");
      child.signals("TERM", 700, "TERM");
      child
          .fromNow()
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .said("finished")
          .said("closed database");
    }
  }

  @Test
  void sigintEndsCleanToo() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).start()) {
      child.awaitOut("ready");
      child.signal("INT").awaitEnd(BOUND).stopped("CLEAN", "SIGINT", 0).saidNothingElse();
    }
  }

  @Test
  void aSecondSigintWithinHalfASecondIsTheSameOne() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Busy.class).arguments(1000).start()) {
      child.awaitOut("ready");
      child
          .signals("INT", 50, "INT")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGINT", 0)
          .said("finished");
    }
  }

  @Test
  void aSecondSigintAfterHalfASecondHaltsWith130AndShowsWhatIsPending(@TempDir Path folder)
      throws Exception {
    Path report = folder.resolve("report.json");
    Launch launch = ChildJvm.of(Signalled.Stuck.class).curfew(Duration.ofSeconds(40));
    try (ChildJvm child = launch.reportingTo(report).start()) {
      child.awaitOut("ready");
      interruptsAgain(child, "INT")
          .awaitEnd(HALT)
          .exited(130)
          .warned("roll call")
          .warned("hangs")
          .neverSaid("closed database");
      JsonReport json = JsonReport.read(report);
      assertThat(json.text("outcome")).isEqualTo("INTERRUPTED");
      assertThat(json.text("exitCode")).isEqualTo("130");
      assertThat(json.all()).contains("SIGINT", "/stuck/hangs");
    }
  }

  @Test
  void aSigintLongAfterASigtermHaltsWith130() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Stuck.class).curfew(Duration.ofSeconds(40));
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      interruptsAgain(child, "TERM").awaitEnd(HALT).exited(130).warned("roll call").warned("hangs");
    }
  }

  /** Sends the first signal, and SIGINT well over half a second after the stop has begun. */
  private static ChildJvm interruptsAgain(ChildJvm child, String first) throws Exception {
    child.signal(first);
    child.awaitOut("stopping");
    child.fromNow().awaitThat("700 ms have passed", () -> child.millisSinceSignal() > 700);
    return child.signal("INT");
  }

  @Test
  void sighupIsTreatedAsSigterm() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).start()) {
      child.awaitOut("ready");
      child.signal("HUP").awaitEnd(BOUND).stopped("CLEAN", "SIGHUP", 0).said("closed database");
    }
  }

  @Test
  void sighupInheritedAsIgnoredStaysIgnored() throws Exception {
    assertIgnores("HUP");
  }

  @Test
  void sigintInheritedAsIgnoredStaysIgnored() throws Exception {
    assertIgnores("INT");
  }

  private static void assertIgnores(String signal) throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).ignoring(signal).start()) {
      child.awaitOut("ready");
      child.signals(signal, 50, "TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
    }
  }

  @Test
  void aScriptsBackgroundJobEndsOnSigtermThoughItsShellIsStopped() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).asScriptJob().start()) {
      child.awaitOut("ready");
      child.signalLauncher("STOP");
      child.signal("TERM");
      child.awaitErr("CURFEW shutdown");
      child.signalLauncher("CONT");
      child.awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
    }
  }

  @Test
  void asPid1SigtermEndsAServiceClean() throws Exception {
    assumeTrue(
        Launch.runs("unshare", "--pid", "--fork", "--kill-child", "true"),
        "a PID namespace needs rights that this user does not have here");
    Launch launch = ChildJvm.of(Signalled.Idle.class);
    try (ChildJvm child = launch.under("unshare", "--pid", "--fork", "--kill-child").start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
    }
  }

  @Test
  void conventionalExitCodesAreThoseOfTheJvm() throws Exception {
    for (String signal : new String[] {"TERM", "INT", "HUP"}) {
      int code = signal.equals("TERM") ? 143 : signal.equals("INT") ? 130 : 129;
      try (ChildJvm child = ChildJvm.of(Signalled.Conventional.class).start()) {
        child.awaitOut("ready");
        child.signal(signal).awaitEnd(BOUND).stopped("CLEAN", "SIG" + signal, code);
      }
    }
  }

  @Test
  void aThreadThatNoGroupOwnsIsNamed() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Stranger.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0).warned("stray-poller");
    }
  }

  @Test
  void withoutAServiceTheTasksThatASignalLeavesAreNamedByALastWarning() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.GroupsOnly.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).exited(143).warned("CURFEW").warned("/batch/import");
    }
  }

  @Test
  void withoutAServiceTheResourcesThatASignalLeavesOpenAreNamedByALastWarning() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.ResourcesOnly.class).start()) {
      child.awaitOut("ready");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .exited(143)
          .warned("pending: 2 resources, first /batch/files/second");
    }
  }

  @Test
  void reducedSignalsAreNamedAtStartAndLeaveTheReportOfARunningService(@TempDir Path folder)
      throws Exception {
    Path report = folder.resolve("report.json");
    Launch launch = ChildJvm.of(Signalled.Idle.class).flags("-Xrs").reportingTo(report);
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      assertThat(child.awaitErr("CURFEW")).contains("signals");
      child.awaitErr("cause 4");
      child.awaitErr("-Xrs");
      child.awaitThat("the first report is there", () -> JsonReport.isThere(report));
      Ended ended = child.signal("TERM").awaitEnd(BOUND).exited(143).neverSaid("asked");
      assertThat(ended.shutdownLines()).isEmpty();
      assertThat(JsonReport.read(report).text("outcome")).isEqualTo("RUNNING");
    }
  }

  @Test
  void sigkillLeavesTheReportOfARunningService(@TempDir Path folder) throws Exception {
    Path report = folder.resolve("report.json");
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).reportingTo(report).start()) {
      child.awaitOut("ready");
      child.awaitThat("the first report is there", () -> JsonReport.isThere(report));
      child.signal("KILL").awaitEnd(BOUND).exited(137);
      assertThat(JsonReport.read(report).text("outcome")).isEqualTo("RUNNING");
    }
  }

  @Test
  void theReportFileSaysHowACleanStopWent(@TempDir Path folder) throws Exception {
    Path report = folder.resolve("report.json");
    try (ChildJvm child = ChildJvm.of(Signalled.Idle.class).reportingTo(report).start()) {
      child.awaitOut("ready");
      long pid = child.pid();
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
      JsonReport json = JsonReport.read(report);
      assertThat(json.text("service")).isEqualTo("idle");
      assertThat(json.text("outcome")).isEqualTo("CLEAN");
      assertThat(json.text("pid")).isEqualTo(Long.toString(pid));
      assertThat(json.all()).contains("SIGTERM", "/idle/database", "/idle/client", "CLOSED");
      json.addsUp();
    }
  }
}
