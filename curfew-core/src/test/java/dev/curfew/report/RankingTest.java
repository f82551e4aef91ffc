// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankingTest {
  @Test
  void lostComesBeforeStuckBeforeUnclosedAndCertainBeforeLikely() {
    Finding unnamed = Reports.finding(null, true, 1);
    Finding unclosed = Reports.finding(Cause.UNCLOSED, true, 1);
    Finding likely = Reports.finding(Cause.SWALLOWED, false, 9);
    Finding certain = Reports.finding(Cause.SWALLOWED, true, 1);
    Finding often = Reports.finding(Cause.SWALLOWED, true, 2);
    Finding lost = Reports.finding(Cause.FORGOTTEN, true, 1);

    assertThat(Ranking.ofFindings(List.of(unnamed, unclosed, likely, certain, often, lost)))
        .containsExactly(lost, often, certain, likely, unclosed, unnamed);
  }

  @Test
  void aTaskThatNeverRanComesBeforeStuckOnesAndBystandersComeLast() {
    Pending running = Reports.pending("/a", Pending.State.RUNNING, 9);
    Pending stuck = Reports.pending("/b", Pending.State.IGNORED_CANCEL, 1);
    Pending stuckOften = Reports.pending("/c", Pending.State.IGNORED_CANCEL, 2);
    Pending starved = Reports.pending("/d", Pending.State.STARVED, 99);
    Pending never = Reports.pending("/e", Pending.State.NOT_STARTED, 1);

    assertThat(Ranking.ofPending(List.of(starved, running, stuck, stuckOften, never)))
        .containsExactly(never, stuckOften, stuck, running, starved);
  }

  @Test
  void equalFindingsBecomeOneWithTheSumOfTheirCounts() {
    Finding other = Reports.finding(Cause.UNCLOSED, true, 1);
    Finding twin =
        new Finding(
            Cause.SWALLOWED,
            "/crawler/fetch/job#17",
            "seen once more",
            Reports.SWALLOWED.at(),
            true,
            "",
            4);

    assertThat(Finding.grouped(List.of(Reports.SWALLOWED, other, twin)))
        .containsExactly(Reports.SWALLOWED.times(5), other);
  }

  @Test
  void equalTasksBecomeOneWithTheLongestTime() {
    Pending twin =
        new Pending(
            "/crawler/fetch/job#9",
            Reports.STUCK.state(),
            Duration.ofSeconds(7),
            Reports.STUCK.started(),
            Reports.STUCK.now(),
            Reports.STUCK.finding(),
            3);
    Pending elsewhere = Reports.pending("/crawler/fetch/job#9", Reports.STUCK.state(), 1);

    List<Pending> grouped = Pending.grouped(List.of(Reports.STUCK, elsewhere, twin));

    assertThat(grouped).hasSize(2);
    assertThat(grouped.get(0).path()).isEqualTo("/crawler/fetch/job#8812");
    assertThat(grouped.get(0).alike()).isEqualTo(4);
    assertThat(grouped.get(0).elapsed()).isEqualTo(Duration.ofSeconds(7));
    assertThat(grouped.get(1)).isEqualTo(elsewhere);
  }

  @Test
  void onlyOrdinalsAreLeftOutOfASignature() {
    assertThat(Signature.of("k", "/a#12/b#x/c#/d#7e")).hasToString("k|/a/b#x/c#/de|");
  }
}
