// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CrossCheckTest {
  private static final Limits LIMITS = new Limits(4);

  /** Three jobs done, an attempt that failed, 12 requests, and five tasks. */
  private static final String REPORT =
      """
      {"work": {"accepted": 23, "completed": 20, "failed": 1, "givenBack": 2, "open": 0, "lost": 0},
       "resources": [{"path": "/demo/http", "work": null}]}
      """;

  private static final List<Call> CALLS =
      List.of(
          call(Call.Outcome.DONE),
          call(Call.Outcome.DONE),
          call(Call.Outcome.DONE),
          call(Call.Outcome.THROTTLED),
          call(Call.Outcome.CUT));

  @Test
  void aReportThatSaysWhatOthersHaveSeenIsRight() {
    CrossCheck check = CrossCheck.of(REPORT, CALLS, 12, LIMITS);
    assertThat(check.wrong()).isEmpty();
    assertThat(check.done()).isEqualTo(3);
  }

  @Test
  void aFailureThatWasNotReportedIsSeen() {
    List<Call> calls = List.of(call(Call.Outcome.FAILED), call(Call.Outcome.REFUSED));
    assertThat(CrossCheck.of(REPORT, calls, 12, LIMITS).wrong())
        .containsExactly("the report file says failed 1, but there are 2 calls that failed");
  }

  @Test
  void moreThanWasDoneIsSeenAndLess() {
    assertThat(CrossCheck.of(REPORT, CALLS, 18, LIMITS).wrong())
        .containsExactly(
            "the report file says completed 20, but there are 3 effects and 18 answers");
    assertThat(CrossCheck.of(REPORT, CALLS, 3, LIMITS).wrong())
        .containsExactly(
            "the report file says completed 20, but there are 3 effects and 3 answers");
  }

  @Test
  void anAccountThatDoesNotAddUpIsSeen() {
    String more = REPORT.replace("\"accepted\": 23", "\"accepted\": 24");
    assertThat(CrossCheck.of(more, CALLS, 12, LIMITS).wrong())
        .containsExactly("the report file says accepted 24, but there are 23 ends");
    String open = REPORT.replace("\"open\": 0", "\"open\": 2");
    assertThat(CrossCheck.of(open, CALLS, 12, LIMITS).wrong())
        .containsExactly("the report file says open 2, but there are 0 expected");
  }

  @Test
  void aReportWithoutWorkIsWrong() {
    assertThat(CrossCheck.of("{}", List.of(), 0, LIMITS).wrong())
        .containsExactly("the report file does not say what became of the work");
  }

  private static Call call(Call.Outcome outcome) {
    return new Call(0, "run", "job", "key", 1, outcome, 0);
  }
}
