// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.StartUp;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Services that are stopped, or fail, before they run (law 17). */
final class StartUpTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  @Test
  void sigtermInterruptsTheStepUnderWayAndRollsBackNewestFirst() throws Exception {
    try (ChildJvm child = ChildJvm.of(StartUp.Waits.class).start()) {
      child.awaitOut("in set-up");
      Ended ended = child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
      assertThat(ended.out()).containsExactly("in set-up", "closed second", "closed first");
    }
  }

  @Test
  void aStepThatNothingEndsIsLeftAndNamed() throws Exception {
    try (ChildJvm child = ChildJvm.of(StartUp.Hangs.class).start()) {
      child.awaitOut("in set-up");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("FORCED", "SIGTERM", 75)
          .warned("Swallows.loop")
          .said("closed first");
    }
  }

  @Test
  void theLateResultOfAnInterruptedStepIsClosedToo() throws Exception {
    try (ChildJvm child = ChildJvm.of(StartUp.OpensLate.class).start()) {
      child.awaitOut("in set-up");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .said("opened late")
          .said("closed late")
          .said("closed first")
          .neverSaid("set-up went on");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"main", "run", "start"})
  void aServiceThatComesWhileTheProcessStopsIsRefusedAndItsSetUpNeverRuns(String way)
      throws Exception {
    // In a task, where this is called, main is refused at any time.
    String why =
        way.equals("main")
            ? "main() of service late was called by the task /early/wait"
            : "service late was started while the process is stopping";
    try (ChildJvm child = ChildJvm.of(StartUp.ComesLate.class).arguments(way).start()) {
      child.awaitOut("ready");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("CLEAN", "SIGTERM", 0)
          .said("refused: " + why)
          .neverSaid("late set-up");
    }
  }

  @Test
  void aFailedSetUpIsRolledBackAndExitsWithOne() throws Exception {
    try (ChildJvm child = ChildJvm.of(StartUp.Fails.class).start()) {
      Ended ended = child.awaitEnd(Duration.ofSeconds(15));
      ended.stopped("START_FAILED", "\\S+", 1).warned("no database at db:5432");
      assertThat(ended.out()).containsExactly("closed second", "closed first");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void sigtermAtAnyLineOfStartUpEndsCleanWithEverythingClosed(int line) throws Exception {
    try (ChildJvm child = ChildJvm.of(StartUp.RaisesTerm.class).arguments(line).start()) {
      Ended ended = child.awaitEnd(Duration.ofSeconds(15));
      // The signal is raised at that line, and arrives when the machine likes: the end of the last
      // task may come first.
      ended.stopped("CLEAN", "(SIGTERM|done)", 0);
      assertEverythingIsClosed(ended);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void sigtermAtARandomMomentOfStartUpEndsCleanWithEverythingClosed(long seed) throws Exception {
    long micros = new Random(seed).nextInt(60_000);
    try (ChildJvm child = ChildJvm.of(StartUp.ManySteps.class).start()) {
      child.awaitOut("in set-up");
      // Not a wait for anything: the moment itself is what is tried.
      TimeUnit.MICROSECONDS.sleep(micros);
      Ended ended = child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
      assertEverythingIsClosed(ended);
    }
  }

  private static void assertEverythingIsClosed(Ended ended) {
    List<String> opened = names(ended, "opened ");
    assertThat(names(ended, "closed "))
        .as("closed in %s", ended)
        .containsExactlyElementsOf(opened.reversed());
  }

  private static List<String> names(Ended ended, String verb) {
    return ended.out().stream()
        .filter(line -> line.startsWith(verb))
        .map(line -> line.substring(verb.length()))
        .toList();
  }
}
