// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CurfewTest {
  @Test
  void theDefaultIsTheTableOfTheDesign() {
    assertThat(Curfew.DEFAULT)
        .isEqualTo(
            new Curfew(ofSeconds(5), ofSeconds(17), ofSeconds(21), ofSeconds(24), ofSeconds(25)));
  }

  @Test
  void theStagesScaleWithTheTotal() {
    assertThat(Curfew.of(ofSeconds(50)))
        .isEqualTo(
            new Curfew(ofSeconds(10), ofSeconds(34), ofSeconds(42), ofSeconds(48), ofSeconds(50)));
  }

  @Test
  void aShortBudgetKeepsTimeForItsReport() {
    assertThat(Curfew.of(ofMillis(5300)))
        .isEqualTo(
            new Curfew(
                ofSeconds(1), ofMillis(3400), ofMillis(4200), ofMillis(4800), ofMillis(5300)));
    assertThat(Curfew.of(ofSeconds(2)).close()).isEqualTo(ofMillis(1600));
  }

  @Test
  void stagesThatExceedTheTotalAreNamed() {
    assertThatThrownBy(
            () -> new Curfew(ZERO, ofSeconds(10), ofSeconds(20), ofSeconds(30), ofSeconds(25)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("close is PT30S, after total at PT25S");
  }

  @Test
  void stagesOutOfOrderAreNamed() {
    assertThatThrownBy(
            () -> new Curfew(ZERO, ofSeconds(9), ofSeconds(8), ofSeconds(10), ofSeconds(11)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("drain is PT9S, after cancel at PT8S");
  }

  @Test
  void aTotalThatNoClockCanCountIsRejectedBeforeAStopCouldFailByIt() {
    Duration longest = Duration.ofDays(36_500);
    assertThat(Curfew.of(longest).total()).isEqualTo(longest);
    for (Duration total : List.of(longest.plusNanos(1), Duration.ofSeconds(Long.MAX_VALUE))) {
      assertThatThrownBy(() -> Curfew.of(total))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("total is " + total)
          .hasMessageContaining("such as 25 s");
      assertThatThrownBy(() -> new Curfew(ZERO, ZERO, ZERO, ZERO, total))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aStageThatIsNullIsNamed() {
    assertThatThrownBy(() -> Curfew.of(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("total was null, expected a duration");
    assertThatThrownBy(() -> new Curfew(ZERO, null, ZERO, ZERO, ofSeconds(1)))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("drain was null, expected a duration");
  }

  @Test
  void aNegativeStageIsNamed() {
    assertThatThrownBy(() ->
            new Curfew(
                Duration.ofSeconds(-1), ofSeconds(1), ofSeconds(2), ofSeconds(3), ofSeconds(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unready is PT-1S");
  }
}
