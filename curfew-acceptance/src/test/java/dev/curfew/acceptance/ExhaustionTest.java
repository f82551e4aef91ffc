// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.Exhausted;
import dev.curfew.acceptance.child.Signalled;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that have run out of heap, threads, safepoints or time. Some of these no program can
 * hold to "curfew plus one second"; each has a bound of its own, with its reason.
 */
final class ExhaustionTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  /** Ten thousand cancels need a while on a machine that does other things as well. */
  private static final Duration MANY = Duration.ofSeconds(8);

  @TempDir private Path folder;

  @Test
  void aFullHeapDoesNotOutliveTheCurfew() throws Exception {
    Launch launch = ChildJvm.of(Exhausted.Heap.class).flags("-Xmx64m");
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      // Halting needs a safepoint, which waits for collections of a full heap: 1.5 s were seen.
      child.signal("TERM").awaitEnd(CURFEW.plusSeconds(4)).exited(75);
    }
  }

  @Test
  void aStopWithoutAnyThreadLeftEndsByTheCurfew() throws Exception {
    try (ChildJvm child = ThreadLimit.limitable(ChildJvm.of(Exhausted.Threads.class)).start()) {
      child.awaitOut("ready");
      ThreadLimit.exhaust(child);
      child.tell("stop");
      Ended ended = child.fromNow().awaitEnd(BOUND);
      assertThat(ended.exitCode()).as("exit code of %s", ended).isIn(0, 75);
      ended.said("closed database");
    }
  }

  @Test
  void aServiceThatCouldNotGetItsThreadsDoesNotHoldUpTheExitOfTheJvm() throws Exception {
    Launch launch = ThreadLimit.limitable(ChildJvm.of(Exhausted.ThreadsBeforeMain.class));
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      ThreadLimit.exhaust(child);
      child.tell("main");
      child.awaitOut("main failed");
      ThreadLimit.relax(child);
      child.tell("exit");
      child.fromNow().awaitEnd(BOUND).exited(3).neverSaid("set-up");
    }
  }

  @Test
  void aTaskWhoseThreadCannotStartIsRefusedAndItsGroupGoesOn() throws Exception {
    Path report = folder.resolve("report.json");
    Launch launch = ChildJvm.of(Exhausted.Threads.class).reportingTo(report);
    try (ChildJvm child = ThreadLimit.limitable(launch).start()) {
      child.awaitOut("ready");
      ThreadLimit.exhaust(child);
      child.tell("fork");
      assertThat(child.awaitOut("refused")).contains("unable to create native thread");
      ThreadLimit.relax(child);
      child.tell("fork");
      child.awaitOut("forked");
      child.awaitOut("job ran");
      // That was the last task that was ever forked.
      child.fromNow().awaitEnd(BOUND).stopped("CLEAN", "\\S+", 0).said("closed database");
      JsonReport.read(report).addsUp();
    }
  }

  @Test
  void aTaskThatWasRefusedIsNeitherALastTaskNorLostWork() throws Exception {
    Launch launch = ChildJvm.of(Exhausted.Threads.class).reportingTo(report());
    try (ChildJvm child = ThreadLimit.limitable(launch).start()) {
      child.awaitOut("ready");
      ThreadLimit.exhaust(child);
      child.tell("fork");
      child.awaitOut("refused");
      ThreadLimit.relax(child);
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .counted("lost", 0)
          .said("closed database");
      JsonReport.read(report()).addsUp();
    }
  }

  @Test
  void aSigtermThatTheJvmDropsForWantOfAThreadIsLostAndTheNextOneCounts() throws Exception {
    try (ChildJvm child = ThreadLimit.limitable(ChildJvm.of(Exhausted.Threads.class)).start()) {
      child.awaitOut("ready");
      ThreadLimit.exhaust(child);
      child.signal("TERM");
      // The JVM's own words: nothing in the process could help.
      child.awaitErr("occurred dispatching signal SIGTERM");
      ThreadLimit.relax(child);
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
    }
  }

  @Test
  void aLoopWithoutSafepointsDelaysTheEndByItsOwnLength() throws Exception {
    Launch launch = ChildJvm.of(Exhausted.CountedLoop.class).flags("-XX:+UseSerialGC");
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      child.awaitOut("counted", 2);
      // One such loop takes 1 to 4 s, and no JVM can end before it: the bound has one in it.
      child.signal("TERM").awaitEnd(CURFEW.plusSeconds(10)).exited(75);
    }
  }

  @Test
  void aProcessThatWasSuspendedPastItsDeadlineGetsOneSecondMore() throws Exception {
    try (ChildJvm child = ChildJvm.of(Signalled.Stuck.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM");
      child.awaitOut("asked");
      child.signals("STOP", CURFEW.plusSeconds(2).toMillis(), "CONT");
      child
          .fromNow()
          .awaitEnd(Duration.ofSeconds(2))
          .stopped("FORCED", "SIGTERM", 75)
          .warned("/stuck/hangs");
    }
  }

  @Test
  void tenThousandTasksThatObeyEndAtOnce() throws Exception {
    // Far below the first mark, at 15 s.
    Ended ended =
        stopMany("obey", Duration.ofSeconds(60), Duration.ofSeconds(14))
            .stopped("CLEAN", "SIGTERM", 0)
            .counted("pending", 0);
    ended.saidNothingElse();
  }

  @Test
  void tenThousandSleepingTasksAreCancelledAndCounted() throws Exception {
    stopMany("sleep", MANY, MANY.plusSeconds(1))
        .stopped("FORCED", "SIGTERM", 75)
        .counted("pending", 0)
        .counted("lost", 10_000)
        .said("closed database");
    assertThat(JsonReport.read(report()).work("cancelled")).isEqualTo(10_000);
  }

  @Test
  void tenThousandTasksThatSwallowAreAbandonedCountedAndNamedOnce() throws Exception {
    Ended ended =
        stopMany("swallow", MANY, MANY.plusSeconds(1))
            .stopped("FORCED", "SIGTERM", 75)
            .counted("pending", 10_000)
            .warned("ManyTasks.swallows");
    assertThat(ended.err()).as("grouped, not listed").hasSizeLessThan(200);
    assertThat(JsonReport.read(report()).work("abandoned")).isEqualTo(10_000);
  }

  private Ended stopMany(String way, Duration curfew, Duration bound) throws Exception {
    Launch launch = ChildJvm.of(Exhausted.ManyTasks.class).arguments(way).reportingTo(report());
    try (ChildJvm child = launch.curfew(curfew).start()) {
      child.awaitOut("ready");
      Ended ended = child.signal("TERM").awaitEnd(bound);
      JsonReport.read(report()).addsUp();
      return ended;
    }
  }

  private Path report() {
    return folder.resolve("report.json");
  }
}
