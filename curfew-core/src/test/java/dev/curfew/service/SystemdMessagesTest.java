// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.service.SystemdMessages.Counts;
import dev.curfew.service.SystemdMessages.StopUnderWay;
import dev.curfew.time.Host;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SystemdMessagesTest {
  private final SystemdMessages messages = new SystemdMessages();
  private Counts counts = new Counts(10, 3, 1, 2);

  @Test
  void nothingIsSaidBeforeTheServiceIsReady() {
    assertThat(messages.next(false, null, "", null)).isEmpty();
  }

  @Test
  void readyIsSaidOnce() {
    assertThat(messages.next(true, null, "", null)).containsExactly("READY=1\nSTATUS=running");
    assertThat(messages.next(true, null, "", null)).isEmpty();
  }

  @Test
  void aServiceThatStopsAtOnceWasReadyInAMessageOfItsOwn() {
    // In one message the later assignment wins, and systemd would never see it ready.
    assertThat(messages.next(true, stop(Duration.ofSeconds(25)), "", report()))
        .containsExactly("READY=1\nSTATUS=running", "STOPPING=1\nSTATUS=" + report().line());
  }

  @Test
  void aStopAsksForTimeWhenItBegins() {
    assertThat(messages.next(false, stop(Duration.ofSeconds(25)), "drain", null))
        .singleElement()
        .asString()
        .matches(
            """
            STOPPING=1
            STATUS=stopping on SIGTERM: drain, tasks=3 intakes=1 resources=2, 2[45] s left
            EXTEND_TIMEOUT_USEC=5000000\
            """);
  }

  @Test
  void aTaskThatHasEndedIsProgress() {
    begin();
    counts = new Counts(11, 2, 1, 2);
    assertThat(next("drain")).contains("tasks=2").contains("\nEXTEND_TIMEOUT_USEC=5000000");
  }

  @Test
  void aResourceThatHasClosedIsProgress() {
    begin();
    counts = new Counts(10, 3, 1, 1);
    assertThat(next("drain")).contains("EXTEND_TIMEOUT_USEC=");
  }

  @Test
  void theNextStageIsProgress() {
    begin();
    assertThat(next("cancel")).contains(": cancel,").contains("EXTEND_TIMEOUT_USEC=");
  }

  @Test
  void timeThatPassesIsNoProgress() {
    begin();
    assertThat(messages.next(false, stop(Duration.ofSeconds(20)), "drain", null)).isEmpty();
  }

  @Test
  void newWorkIsNoProgress() {
    begin();
    counts = new Counts(10, 7, 1, 2);
    assertThat(next("drain")).contains("tasks=7").doesNotContain("EXTEND_TIMEOUT_USEC");
  }

  @Test
  void timeIsNeverAskedForBeyondTheCurfew() {
    String text = String.join("", messages.next(false, stop(Duration.ofSeconds(2)), "drain", null));
    long micros = Long.parseLong(text.substring(text.indexOf("USEC=") + 5));
    assertThat(micros).isBetween(1L, 2_000_000L);
  }

  @Test
  void noTimeIsAskedForOnceTheCurfewHasPassed() {
    assertThat(messages.next(false, stop(Duration.ofSeconds(-1)), "drain", null))
        .singleElement()
        .asString()
        .contains("0 s left")
        .doesNotContain("EXTEND_TIMEOUT_USEC");
  }

  @Test
  void theLastStatusIsTheLineOfTheReport() {
    begin();
    assertThat(messages.next(false, stop(Duration.ofSeconds(1)), "report", report()))
        .containsExactly("STATUS=" + report().line());
  }

  private void begin() {
    assertThat(messages.next(false, stop(Duration.ofSeconds(25)), "drain", null)).hasSize(1);
  }

  private String next(String stage) {
    return String.join("", messages.next(false, stop(Duration.ofSeconds(25)), stage, null));
  }

  private StopUnderWay stop(Duration left) {
    return new StopUnderWay("SIGTERM", Host.current().nanoTime() + left.toNanos(), () -> counts);
  }

  static StopReport report() {
    Member member = new Member(Options.named("crawler"), service -> {});
    member.holds(new FakeRoot(member));
    return Reports.of(
        List.of(member),
        Request.now(Trigger.Origin.SIGNAL, "SIGTERM", ""),
        new Trigger(Trigger.Origin.SIGNAL, "SIGTERM", "", List.of(), Instant.EPOCH),
        new Verdict(StopOutcome.CLEAN, 0),
        Stage.NOTHING,
        List.of(),
        List.of());
  }
}
