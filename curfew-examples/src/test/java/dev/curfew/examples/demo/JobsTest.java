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
            Set.of("a", "b", "c", "d", "e", "f"),
            List.of(done("a", "1"), done("b", "2")),
            new Left(List.of("c", "d"), List.of("e"), List.of("b", "c")),
            List.of());
    assertThat(jobs.delivered()).containsExactly("a", "b");
    assertThat(jobs.dead()).containsExactly("c");
    assertThat(jobs.queued()).containsExactly("d", "e");
    assertThat(jobs.lost()).containsExactly("f");
    assertThat(jobs.addsUp()).isTrue();
  }

  @Test
  void aCallWithoutAnEffectDeliversNothing() {
    Call failed = new Call(0, "run", "a", "1", 1, Call.Outcome.FAILED, 0);
    Jobs jobs = Jobs.account(Set.of("a"), List.of(failed), Left.NOTHING, List.of());
    assertThat(jobs.lost()).containsExactly("a");
  }

  @Test
  void aJobDoneTwiceIsExplainedByTheKillThatFoundItInHand() {
    List<Call> calls =
        List.of(done("a", "1"), done("a", "1"), done("a", "1"), done("b", "2"), done("b", "2"));
    Jobs jobs = Jobs.account(Set.of("a", "b"), calls, Left.NOTHING, List.of("a"));
    assertThat(jobs.duplicates()).isEqualTo(3);
    assertThat(jobs.repeated()).containsExactly("a", "b");
    assertThat(jobs.unexplained()).containsExactly("b");
    assertThat(jobs.delivered()).containsExactly("a", "b");
  }

  @Test
  void anotherIdempotencyKeyIsNeverExplained() {
    List<Call> calls = List.of(done("a", "1"), done("a", "2"));
    Jobs jobs = Jobs.account(Set.of("a"), calls, Left.NOTHING, List.of("a"));
    assertThat(jobs.unexplained()).containsExactly("a");
  }

  @Test
  void whatWasNeverAnsweredWith202IsNotOwed() {
    Left left = new Left(List.of("c"), List.of(), List.of("b"));
    Jobs jobs = Jobs.account(Set.of(), List.of(done("a", "1")), left, List.of());
    assertThat(jobs.accepted()).isZero();
    assertThat(jobs.unanswered()).isEqualTo(1);
    assertThat(jobs.addsUp()).isTrue();
  }

  @Test
  void aCallIsReadAsItWasWritten() {
    Call call = new Call(7, "service-1", "job-1-00001", "key", 2, Call.Outcome.THROTTLED, 0);
    assertThat(Call.of(call.toLine())).isEqualTo(call);
  }

  private static Call done(String job, String key) {
    return new Call(0, "run", job, key, 1, Call.Outcome.DONE, 300);
  }
}
