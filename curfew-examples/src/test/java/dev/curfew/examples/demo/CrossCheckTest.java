// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CrossCheckTest {
  private static final String REPORT =
      """
      {"work": {"accepted": 20, "open": 0},
       "resources": [
         {"path": "/demo/api", "work": null},
         {"path": "/demo/backlog", "work": {"accepted": 7, "completed": 3, "failed": 1,
           "givenBack": 2, "abandoned": 1}},
         {"path": "/demo/http", "work": null}]}
      """;

  @Test
  void aReportThatSaysWhatOthersHaveSeenIsRight() {
    CrossCheck check = CrossCheck.of(REPORT, 3, 1, 2, 1);
    assertThat(check.wrong()).isEmpty();
    assertThat(check.accepted()).isEqualTo(7);
  }

  @Test
  void aJobThatWasDoneAndNotReportedIsSeen() {
    assertThat(CrossCheck.of(REPORT, 4, 1, 2, 1).wrong())
        .containsExactly("the report file says completed 3, but there are 4 effects");
  }

  @Test
  void anAccountThatDoesNotAddUpIsSeen() {
    assertThat(
            CrossCheck.of(REPORT.replace("\"accepted\": 7", "\"accepted\": 8"), 3, 1, 2, 1).wrong())
        .containsExactly("the report file says accepted 8, but there are 7 ends");
    assertThat(CrossCheck.of(REPORT.replace("\"open\": 0", "\"open\": 2"), 3, 1, 2, 1).wrong())
        .containsExactly("the report file says open 2, but there are 0 expected");
  }

  @Test
  void aQueueWithoutWorkIsReadAsSuch() {
    String idle = REPORT.replaceAll("(?s)\\{\"accepted\": 7.*?}", "null");
    assertThat(CrossCheck.of(idle, 0, 0, 0, 0).wrong()).isEmpty();
    assertThat(CrossCheck.of(idle, 1, 0, 0, 0).wrong()).hasSize(1);
  }

  @Test
  void aReportWithoutTheQueueIsWrong() {
    assertThat(CrossCheck.of("{}", 0, 0, 0, 0).wrong())
        .containsExactly("the report file does not name the queue");
  }
}
