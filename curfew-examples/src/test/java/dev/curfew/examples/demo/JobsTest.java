// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobsTest {
  @Test
  void eachAcceptedJobIsInOneListOnly() {
    Jobs jobs =
        Jobs.account(
            Set.of("a", "b", "c", "d", "e"),
            List.of("a", "b"),
            List.of("b", "c"),
            List.of("c", "d"),
            List.of("d"));
    assertThat(jobs)
        .isEqualTo(
            new Jobs(5, List.of("a", "b"), List.of("c"), List.of("d"), List.of(), List.of("e"), 0));
    assertThat(jobs.addsUp()).isTrue();
  }

  @Test
  void aJobThatNobodyKnowsAboutIsLost() {
    Jobs jobs = Jobs.account(Set.of("a"), List.of(), List.of(), List.of(), List.of());
    assertThat(jobs.lost()).containsExactly("a");
  }

  @Test
  void aJobDoneTwiceIsCounted() {
    Jobs jobs = Jobs.account(Set.of("a"), List.of("a", "a"), List.of(), List.of(), List.of());
    assertThat(jobs.doneTwice()).isEqualTo(1);
    assertThat(jobs.completed()).containsExactly("a");
  }

  @Test
  void whatWasNeverAnsweredWith202IsNotOwed() {
    Jobs jobs = Jobs.account(Set.of(), List.of("a"), List.of("b"), List.of("c"), List.of());
    assertThat(jobs.accepted()).isZero();
    assertThat(jobs.addsUp()).isTrue();
  }
}
