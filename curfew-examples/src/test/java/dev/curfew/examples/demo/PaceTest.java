// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PaceTest {
  @Test
  void theFullestSecondCountsWhereverItBegins() {
    List<Call> calls = List.of(at(0, 9), at(900, 1), at(1000, 2), at(1899, 3), at(2900, 4));
    assertThat(Pace.of(calls)).isEqualTo(new Pace(3, 10));
  }

  @Test
  void theOrderOfTheLogDoesNotMatter() {
    assertThat(Pace.of(List.of(at(1500, 1), at(0, 1), at(600, 1)))).isEqualTo(new Pace(2, 2));
  }

  @Test
  void withoutCallsItIsZero() {
    assertThat(Pace.of(List.of())).isEqualTo(new Pace(0, 0));
  }

  private static Call at(long millis, int tokens) {
    return new Call(millis, "run", "job", "key", 1, Call.Outcome.DONE, tokens);
  }
}
