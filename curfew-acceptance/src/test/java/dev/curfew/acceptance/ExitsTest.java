// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.Exits;
import dev.curfew.acceptance.child.Signalled;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ends that the process brings about itself: exits, last tasks, crashes (laws 16, 20). */
final class ExitsTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  /** From the child's start on: the start of a JVM on a busy machine counts in. */
  private static final Duration FROM_START = BOUND.plusSeconds(8);

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void exitInATaskStopsCleanWithThatCode(int code) throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.InTask.class).arguments(code).start()) {
      child.awaitOut("ready");
      child.fromNow().awaitEnd(BOUND).stoppedByExit(code).said("closed database");
    }
  }

  @Test
  void exitInATaskBesideAStuckOneIsForced() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.InTaskBesideAStuckOne.class).start()) {
      child
          .awaitEnd(FROM_START)
          .stopped("FORCED", "\\S*exit\\S*", 75)
          .counted("pending", 1)
          .warned("Swallows.loop");
    }
  }

  @Test
  void exitInSetUpRollsBackAndKeepsTheCode() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.InSetUp.class).start()) {
      Ended ended = child.awaitEnd(FROM_START).stoppedByExit(7);
      assertThat(ended.out()).containsExactly("closed second", "closed first");
    }
  }

  @Test
  void exitInAForeignThreadStopsCleanWithThatCode() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.InForeignThread.class).start()) {
      child.awaitOut("ready");
      child.fromNow().awaitEnd(BOUND).stoppedByExit(7).said("closed database");
    }
  }

  @Test
  void exitInACloseDoesNotHang() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.InClose.class).start()) {
      child.awaitOut("ready");
      Ended ended = child.fromNow().awaitEnd(BOUND).said("closed first");
      assertThat(ended.exitCode()).as("exit code of %s", ended).isIn(7, 75);
      assertThat(ended.shutdownLines())
          .singleElement()
          .asString()
          .containsPattern(" exit=(" + ended.exitCode() + "|[a-z]+) ");
    }
  }

  @Test
  void exitDuringAStopNeitherHangsNorStartsAnother() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.ExitsWhenAsked.class).start()) {
      child.awaitOut("ready");
      Ended ended = child.signal("TERM").awaitEnd(BOUND).said("closed database");
      // The JVM is in its exit when the stop is decided: its status is the caller's.
      assertThat(ended.exitCode()).as("exit code of %s", ended).isIn(0, 7);
      assertThat(ended.shutdownLines())
          .singleElement()
          .asString()
          .containsPattern(
              "outcome=CLEAN reason=SIGTERM .* exit=(" + ended.exitCode() + "|[a-z]+) ");
    }
  }

  @Test
  void theFirstOfTwoExitsDecides() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.Twice.class).start()) {
      Ended ended = child.awaitEnd(FROM_START).said("closed database");
      assertThat(ended.exitCode()).as("exit code of %s", ended).isIn(7, 8);
      ended.stoppedByExit(ended.exitCode());
    }
  }

  @Test
  void anExitThatOvertakesTheOneOfTheStopDoesNotBelieTheReport() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.Overtaken.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).said("overtaken").stopped("FORCED", "SIGTERM", 75);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void aSignalAnExitAndTheLastTasksEndAtOnceAreOneStop(int round) throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.AllAtOnce.class).arguments(round).start()) {
      Ended ended = child.awaitEnd(FROM_START).said("closed database");
      assertThat(ended.exitCode()).as("exit code of %s", ended).isIn(0, 7);
      assertThat(ended.shutdownLines())
          .singleElement()
          .asString()
          .containsPattern("outcome=CLEAN .* exit=(" + ended.exitCode() + "|[a-z]+) ");
    }
  }

  @Test
  void aTaskMayAskForTheStopOfItsService() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.RequestsStop.class).start()) {
      child.awaitOut("ready");
      child.fromNow().awaitEnd(BOUND).stopped("CLEAN", "\\S+", 0).said("closed database");
    }
  }

  @Test
  void theEndOfTheLastTaskIsTheEndOfTheService() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.LastTaskEnds.class).start()) {
      child.awaitOut("ready");
      Ended ended = child.fromNow().awaitEnd(BOUND).stopped("CLEAN", "\\S+", 0);
      assertThat(ended.out()).endsWith("job done", "asked", "closed database");
    }
  }

  @Test
  void aServiceWithNothingInItExitsWithZeroAndSaysSo() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.Nothing.class).start()) {
      child.awaitEnd(FROM_START).stopped("CLEAN", "\\S+", 0).warned("nothing");
    }
  }

  @Test
  void aBackgroundTaskThatEndsEarlyIsNoReasonToStop() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.BackgroundEndsEarly.class).start()) {
      child.awaitOut("ended early");
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
    }
  }

  @Test
  void cancelsAndFailuresOfItsOrdinaryLifeDoNotMakeAStopUnclean() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.LivesWithCancels.class).start()) {
      child.awaitOut("timed out");
      child.awaitOut("failed");
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0).saidNothingElse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fork", "background"})
  void aCriticalTaskThatFailsDrainsAndExitsWith70(String kind, @TempDir Path folder)
      throws Exception {
    Path report = folder.resolve("report.json");
    Launch launch = ChildJvm.of(Exits.Crashes.class).arguments(kind).reportingTo(report);
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      child
          .fromNow()
          .awaitEnd(BOUND)
          .stopped("CRITICAL", "\\S+", 70)
          .warned("/crashes/poller")
          .warned("the poller lost its place")
          .said("closed database");
      JsonReport json = JsonReport.read(report).addsUp();
      assertThat(json.text("outcome")).isEqualTo("CRITICAL");
      assertThat(json.all()).contains("/crashes/poller", "the poller lost its place");
    }
  }

  @Test
  void anOutOfMemoryErrorInATaskIsAFailureLikeAnyOther() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.OutOfMemory.class).flags("-Xmx64m").start()) {
      child.awaitOut("ready");
      child
          .fromNow()
          .awaitEnd(BOUND)
          .stopped("CRITICAL", "\\S+", 70)
          .warned("OutOfMemoryError")
          .said("closed database");
    }
  }

  @Test
  void aForeignHookThatHangsEndsByTheCurfew() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.ForeignHook.class).arguments("hangs").start()) {
      child.awaitOut("ready");
      // Our own part was clean and is accounted for; the watchdog halts with what was decided.
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .said("closed database")
          .said("foreign hook began");
    }
  }

  @Test
  void sigtermWhileTheJvmExitsChangesNothing() throws Exception {
    Launch launch = ChildJvm.of(Signalled.ForeignHook.class).arguments("slow");
    try (ChildJvm child = launch.curfew(Duration.ofSeconds(10)).start()) {
      child.awaitOut("ready");
      child.signal("TERM");
      child.awaitOut("foreign hook began");
      child
          .signal("TERM")
          .awaitEnd(Duration.ofSeconds(5))
          .stopped("CLEAN", "SIGTERM", 0)
          .said("foreign hook ended");
    }
  }

  @Test
  void sigintWhileTheJvmExitsHaltsWith130() throws Exception {
    Launch launch = ChildJvm.of(Signalled.ForeignHook.class).arguments("hangs");
    try (ChildJvm child = launch.curfew(Duration.ofSeconds(40)).start()) {
      child.awaitOut("ready");
      child.signal("TERM");
      child.awaitOut("foreign hook began");
      child.awaitThat("half a second has passed", () -> child.millisSinceSignal() > 600);
      child.signal("INT").awaitEnd(Duration.ofSeconds(4)).exited(130);
    }
  }

  @Test
  void twoServicesInOneProcessStopTogether() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.TwoServices.class).arguments("clean").start()) {
      child.awaitOut("ready");
      child.awaitOut("second runs");
      child.signal("TERM").awaitEnd(BOUND).exited(0).said("closed one").said("closed two");
    }
  }

  @Test
  void ofTwoServicesTheWorseExitCodeCounts() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.TwoServices.class).arguments("fails").start()) {
      child.awaitOut("ready");
      child.awaitOut("second runs");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .exited(70)
          .said("closed one")
          .said("closed two")
          .warned("second fails");
    }
  }

  @Test
  void ofTwoServicesTheSmallerCurfewCounts() throws Exception {
    try (ChildJvm child = ChildJvm.of(Exits.TwoServices.class).arguments("hangs").start()) {
      child.awaitOut("ready");
      child.awaitOut("second runs");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .exited(75)
          .said("closed one")
          .warned("/second/wait")
          .warned("Swallows.loop");
    }
  }
}
