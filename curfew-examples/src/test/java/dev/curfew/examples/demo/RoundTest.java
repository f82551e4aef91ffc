// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The storm does not take an early end for an excuse. */
class RoundTest {
  private static final String CLEAN =
      "main\nset-up\nCURFEW shutdown service=demo outcome=CLEAN reason=SIGTERM exit=0\n";

  @Test
  void howFarAStartHasComeIsReadFromWhatItPrinted() {
    assertThat(Round.reached("")).isEqualTo(Round.Reached.JVM);
    assertThat(Round.reached("main\n")).isEqualTo(Round.Reached.MAIN);
    assertThat(Round.reached("main\nset-up\n")).isEqualTo(Round.Reached.SET_UP);
  }

  @Test
  void anExitByTheJvmsOwnHandlerIsRightOnlyBeforeCurfewHasBegun() {
    assertThat(round(Round.Reached.JVM, 143, "").wrong()).isEmpty();
    assertThat(round(Round.Reached.MAIN, 143, "main\n").wrong()).isEmpty();
    assertThat(round(Round.Reached.SET_UP, 143, "main\nset-up\n").wrong())
        .contains("exit code 143, expected 0");
    assertThat(round(Round.Reached.MAIN, 143, CLEAN).wrong()).contains("exit code 143, expected 0");
    assertThat(round(Round.Reached.JVM, 143, CLEAN).wrong()).contains("exit code 143, expected 0");
  }

  @Test
  void exitCodeOneIsRightOnlyIfTheJvmItselfCouldNotStart() {
    String died = "Error occurred during initialization of VM\n";
    assertThat(round(Round.Reached.JVM, 1, died).wrong()).isEmpty();
    assertThat(round(Round.Reached.JVM, 1, "").wrong()).contains("exit code 1, expected 0");
    assertThat(round(Round.Reached.MAIN, 1, "main\n").wrong()).contains("exit code 1, expected 0");
  }

  @Test
  void aCleanEndWhileServingNeedsAReportFile() {
    assertThat(round(Round.Reached.SERVING, 0, CLEAN).wrong())
        .containsExactly("it wrote no report file");
  }

  private static Round round(Round.Reached reached, int exitCode, String log) {
    Jobs jobs = Jobs.account(Set.of(), List.of(), Left.NOTHING, List.of());
    Duration moment = Duration.ofMillis(1);
    return new Round(
        1, moment, reached, exitCode, moment, Requests.NONE, jobs, List.of(), null, log);
  }
}
