// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The storm's account must notice what it is there to notice. */
final class VerdictTest {
  private static final UUID JOB = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);
  private static final long T = 1_000_000;

  private final List<Event> events = new ArrayList<>();
  private final List<Disturbance> disturbances = new ArrayList<>();
  private Map<UUID, JobSource.Accepted> accepted =
      Map.of(JOB, new JobSource.Accepted(Kind.SHORT, T));

  private void note(Event.Type type, UUID job, Kind kind, long pid, int attempt, long at) {
    events.add(new Event(type, job, kind, pid, attempt, "key", T + at));
  }

  private void note(Event.Type type, long pid, int attempt, long at) {
    note(type, JOB, Kind.SHORT, pid, attempt, at);
  }

  private void ready(long pid, long at) {
    note(Event.Type.READY, new UUID(0, 0), Kind.SHORT, pid, 0, at);
  }

  private void disturb(Disturbance.Type type, long pid, long from, long to, int code) {
    disturbances.add(new Disturbance(type, pid, T + from, T + from, T + to, code));
  }

  private Verdict verdict() {
    return new Verdict(accepted, events, List.of(), Set.of(), new Weather(disturbances, false));
  }

  private void assertWrong(String start) {
    assertThat(verdict().wrong()).singleElement().asString().startsWith(start);
  }

  @Test
  void aJobThatWasDoneOnceIsFine() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.EFFECT, 7, 1, 10);
    disturb(Disturbance.Type.TERM, 7, 5, 100, 0);
    assertThat(verdict().wrong()).isEmpty();
    assertThat(verdict().effects()).isEqualTo(1);
  }

  @Test
  void aJobWithoutAnEffectIsLost() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.FAILED, 7, 1, 10);
    assertWrong("lost: short " + JOB);
    assertThat(verdict().lost()).isEqualTo(1);
  }

  @Test
  void poisonWithoutADeadLetterIsLost() {
    accepted = Map.of(JOB, new JobSource.Accepted(Kind.POISON, T));
    assertWrong("no dead letter: poison " + JOB);
    assertThat(verdict().lost()).isEqualTo(1);
  }

  @Test
  void aDuplicateAfterAStopIsWrong() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.EFFECT, 7, 1, 10);
    disturb(Disturbance.Type.TERM, 7, 5, 100, 0);
    note(Event.Type.BEGIN, 8, 1, 200);
    note(Event.Type.EFFECT, 8, 1, 210);
    assertWrong("begun again without a reason");
  }

  @Test
  void aDuplicateOfWhatWasInFlightAtAKillIsExplained() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.EFFECT, 7, 1, 10);
    disturb(Disturbance.Type.KILL, 7, 20, 30, 137);
    note(Event.Type.BEGIN, 8, 2, 1_600);
    note(Event.Type.EFFECT, 8, 2, 1_610);
    assertThat(verdict().wrong()).isEmpty();
    assertThat(verdict().again()).containsOnly(Map.entry("kill", 1));
  }

  @Test
  void aDuplicateOfWhatWasDoneLongBeforeAKillIsWrong() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.EFFECT, 7, 1, 10);
    disturb(Disturbance.Type.KILL, 7, 2_000, 2_010, 137);
    note(Event.Type.BEGIN, 8, 2, 4_000);
    note(Event.Type.EFFECT, 8, 2, 4_010);
    assertWrong("begun again without a reason");
  }

  @Test
  void whatAFrozenProcessBeginsAfterwardsIsWrong() {
    disturb(Disturbance.Type.FREEZE, 7, 0, 3_000, -1);
    note(Event.Type.BEGIN, 8, 2, 2_000);
    note(Event.Type.EFFECT, 8, 2, 2_010);
    note(Event.Type.BEGIN, 7, 1, 3_001);
    note(Event.Type.EFFECT, 7, 1, 3_010);
    assertWrong("begun again without a reason");
  }

  @Test
  void aBeginThatAFrozenProcessHasWrittenDownLateWasInTime() {
    disturb(Disturbance.Type.FREEZE, 7, 0, 3_000, -1);
    note(Event.Type.BEGIN, 8, 2, 2_000);
    note(Event.Type.EFFECT, 8, 2, 2_010);
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.INTERRUPTED, 7, 1, 3_010);
    assertThat(verdict().wrong()).isEmpty();
  }

  @Test
  void anInterruptionThatSpendsAnAttemptIsWrong() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.INTERRUPTED, 7, 1, 10);
    disturb(Disturbance.Type.TERM, 7, 5, 100, 0);
    note(Event.Type.BEGIN, 8, 2, 200);
    note(Event.Type.EFFECT, 8, 2, 210);
    assertWrong("attempt 2 after INTERRUPTED of attempt 1");
  }

  @Test
  void aFailureThatSpendsNoAttemptIsWrong() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.FAILED, 7, 1, 10);
    note(Event.Type.BEGIN, 7, 1, 200);
    note(Event.Type.EFFECT, 7, 1, 210);
    assertWrong("attempt 1 after FAILED of attempt 1");
  }

  @Test
  void twoOfOneUniqueKeyAtOnceAreWrong() {
    accepted =
        Map.of(
            JOB, new JobSource.Accepted(Kind.UNIQUE, T),
            OTHER, new JobSource.Accepted(Kind.UNIQUE, T));
    note(Event.Type.BEGIN, JOB, Kind.UNIQUE, 7, 1, 0);
    note(Event.Type.BEGIN, OTHER, Kind.UNIQUE, 8, 1, 5);
    note(Event.Type.EFFECT, JOB, Kind.UNIQUE, 7, 1, 10);
    note(Event.Type.EFFECT, OTHER, Kind.UNIQUE, 8, 1, 15);
    assertWrong("two of unique key key ran at once");
  }

  @Test
  void aJobThatWaitsBesideAnIdleWorkerIsWrong() {
    ready(7, 0);
    note(Event.Type.BEGIN, 7, 1, Waits.MARGIN + 100);
    note(Event.Type.EFFECT, 7, 1, Waits.MARGIN + 110);
    assertWrong("due since " + T);
  }

  @Test
  void aJobThatWaitsForTheLeaseOfAKilledWorkerIsFine() {
    ready(7, 0);
    ready(8, 0);
    note(Event.Type.BEGIN, 7, 1, 10);
    disturb(Disturbance.Type.KILL, 7, 20, 30, 137);
    note(Event.Type.BEGIN, 8, 2, 2_000);
    note(Event.Type.EFFECT, 8, 2, 2_010);
    assertThat(verdict().wrong()).isEmpty();
    assertThat(verdict().slowestRedelivery()).isEqualTo(1_980);
  }

  @Test
  void aStopThatIsSlowOrEndsWithAnotherCodeIsWrong() {
    note(Event.Type.BEGIN, 7, 1, 0);
    note(Event.Type.EFFECT, 7, 1, 10);
    disturb(Disturbance.Type.TERM, 7, 1_000, 4_600, 75);
    assertThat(verdict().wrong())
        .containsExactly(
            "process 7 ended a stop with 75, expected 0", "process 7 took 3600 ms to stop");
  }
}
