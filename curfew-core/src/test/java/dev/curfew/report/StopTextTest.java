// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class StopTextTest {
  @Test
  void theLineHasTheDocumentedShape() {
    Account account =
        new Account(
            new WorkCount(10, 9, 0, 0, 0, 0, 1, 0),
            List.of(Reports.STUCK),
            1,
            List.of(),
            List.of());

    assertThat(Reports.of(StopOutcome.FORCED, Duration.ofSeconds(21), 75, account).line())
        .isEqualTo(
            "CURFEW shutdown service=crawler outcome=FORCED reason=SIGTERM took=21.0s/25s exit=75"
                + " pending=1 lost=0 close_failed=0");
  }

  @Test
  void aStopWithNothingWrongIsOneLine() {
    assertThat(Reports.clean().text())
        .isEqualTo(
            "CURFEW shutdown service=crawler outcome=CLEAN reason=SIGTERM took=0.0s/25s exit=0"
                + " pending=0 lost=0 close_failed=0\n");
  }

  @Test
  void whatIsWrongFollowsInBlocks() {
    assertThat(Reports.documented().text())
        .isEqualTo(
            """
            CURFEW shutdown service=crawler outcome=FORCED reason=SIGTERM took=21.0s/25s exit=75 \
            pending=1 lost=1 close_failed=2
              pending  /crawler/fetch/job#8812   IGNORED_CANCEL for 4.0 s
                       started  com.acme.Crawler.main(Crawler.java:31)
                       now      com.acme.Mirror.copy(Mirror.java:77)   \u00d71
                       in       java.lang.Thread.sleep(Thread.java:509)
                       cause 2  swallowed: the interrupt was consumed in Mirror.copy and the loop went on
                       mend     let InterruptedException leave Mirror.copy, or return after cleanup
              resource /crawler/mail   ABANDONED after 1.0 s
                       opened   com.acme.Crawler.main(Crawler.java:30)
                       hung     com.acme.Mail.close(Mail.java:61)
                       in       java.lang.Thread.join(Thread.java:2094)
              resource /crawler/pool   THREW after 0.2 s
                       opened   com.acme.Crawler.main(Crawler.java:29)
                       threw    java.lang.IllegalStateException: 3 connections are still in use
                       at       com.acme.Pool.close(Pool.java:88)
              finding  /crawler/poll   \u00d712
                       at       com.acme.Poller.poll(Poller.java:52)
                       cause 5  likely order: the pool was used after its close had begun
                       mend     own the resource in an outer group
              work     accepted=9120 completed=9106 failed=4 given_back=8 cancelled=0 \
            never_started=1 abandoned=1 rejected=2
              stages   unready 0.0 s (by 5.0), drain 17.0 s (by 17.0), cancel 3.0 s (by 21.0), \
            close 1.0 s (by 24.0), report 0.0 s (by 25.0)
              unseen   virtual and daemon threads that no group owns
            """);
  }

  @Test
  void valuesOfTheLineHaveNoBlanks() {
    Trigger trigger =
        new Trigger(Trigger.Origin.API, "stop()\nby \u00e9%", "", List.of(), Instant.EPOCH);
    StopReport report =
        new StopReport(
            "my service",
            null,
            StopOutcome.CLEAN,
            trigger,
            Duration.ZERO,
            Duration.ofMillis(1250),
            0,
            new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of()),
            List.of(),
            List.of());

    assertThat(report.line())
        .contains(" service=my%20service ", " reason=stop()%0Aby%20%C3%A9%25 ", "took=0.0s/1.25s ");
    assertThat(report.line().split(" ", -1)).hasSize(10);
  }

  @Test
  void aServiceThatRunsSaysSoAndHasNoReason() {
    StopReport report =
        new StopReport(
            "crawler",
            null,
            StopOutcome.RUNNING,
            null,
            Duration.ofMillis(49),
            Duration.ofMillis(500),
            0,
            new Account(new WorkCount(3, 1, 0, 0, 0, 0, 0, 0), List.of(), 0, List.of(), List.of()),
            List.of(),
            List.of());

    assertThat(report.text())
        .isEqualTo(
            "CURFEW running service=crawler outcome=RUNNING reason=- took=0.0s/0.5s exit=0"
                + " pending=0 lost=0 close_failed=0\n");
  }

  @Test
  void numbersAreWrittenTheSameInEveryLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(Reports.documented().line()).contains("took=21.0s/25s exit=75");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void listsAreCutAndCountsExact() {
    List<Pending> pending =
        new ArrayList<>(Collections.nCopies(13, Reports.pending("/a", Pending.State.RUNNING, 100)));
    List<ResourceEnd> resources = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      resources.add(
          new ResourceEnd(
              "/a/r" + i, ResourceEnd.How.SKIPPED, null, Duration.ZERO, null, List.of()));
    }
    List<Finding> findings = Collections.nCopies(12, Reports.finding(Cause.UNCLOSED, true, 3));
    Account account = new Account(WorkCount.NONE, pending, 5000, resources, findings);

    String text = Reports.of(StopOutcome.INTERRUPTED, Duration.ZERO, 130, account).text();

    assertThat(text)
        .contains(" pending=5000 ", " close_failed=25\n")
        .contains("  pending  /a   RUNNING for 1.0 s   \u00d7100\n")
        .contains("  more     4000 pending tasks not shown\n")
        .contains("  more     15 resources that did not close not shown\n")
        .contains("  more     6 findings not shown\n");
    assertThat(text.lines().filter(line -> line.startsWith("  pending"))).hasSize(10);
    assertThat(text.lines().filter(line -> line.startsWith("  resource"))).hasSize(10);
    assertThat(text.lines().filter(line -> line.startsWith("  finding"))).hasSize(10);
  }

  @Test
  void aFindingThatATaskShowsIsNotShownTwice() {
    Account account =
        new Account(
            WorkCount.NONE, List.of(Reports.STUCK), 1, List.of(), List.of(Reports.SWALLOWED));

    assertThat(Reports.of(StopOutcome.INTERRUPTED, Duration.ZERO, 130, account).text())
        .containsOnlyOnce("cause 2")
        .doesNotContain("finding");
  }

  @Test
  void whatCameFromOutsideStaysOnItsLineAndSteersNoTerminal() {
    Finding evil =
        new Finding(
            null,
            "/a\u001b[31m",
            "one\ntwo\u202ethree\u2028\ud83d",
            null,
            true,
            "x".repeat(999),
            1);
    Account account = new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of(evil));

    assertThat(Reports.of(StopOutcome.CLEAN, Duration.ZERO, 0, account).text())
        .contains("  finding  /a\\u001B[31m\n")
        .contains("           seen     one\\ntwo\\u202Ethree\\u2028\\uD83D\n")
        .contains("           mend     " + "x".repeat(400) + "...\n");
  }

  @Test
  void theReasonOfACrashIsNamedWithItsPlace() {
    Trigger trigger =
        new Trigger(
            Trigger.Origin.CRASH,
            "crash",
            "/crawler/poll failed: java.io.IOException: gone",
            List.of(Reports.at("java.lang.Thread", "run", 1), Reports.at("com.acme.P", "poll", 5)),
            Instant.EPOCH);
    StopReport report =
        new StopReport(
            "crawler",
            null,
            StopOutcome.CRITICAL,
            trigger,
            Duration.ZERO,
            Duration.ofSeconds(25),
            70,
            new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of()),
            List.of(),
            List.of());

    assertThat(report.text())
        .endsWith(
            """
              reason   /crawler/poll failed: java.io.IOException: gone
                       by       com.acme.P.poll(P.java:5)
            """);
  }

  @Test
  void aFailureThatCannotBeReadIsStillReported() {
    Exception unreadable =
        new Exception() {
          @Override
          public String getMessage() {
            throw new IllegalStateException("not even that");
          }
        };
    ResourceEnd end =
        new ResourceEnd("/a/r", ResourceEnd.How.THREW, null, Duration.ZERO, unreadable, List.of());
    Account account = new Account(WorkCount.NONE, List.of(), 0, List.of(end), List.of());

    assertThat(Reports.of(StopOutcome.FORCED, Duration.ZERO, 75, account).text())
        .contains("threw    " + unreadable.getClass().getName() + ": (unreadable)\n");
  }

  @Test
  void theInnermostCauseIsNamedAndARingOfCausesEnds() {
    Exception failure = new Exception("outer", new Exception(new Exception("inner")));
    assertThat(FailureText.of(failure).rootCause()).isEqualTo("java.lang.Exception: inner");

    Exception one = new Exception("one");
    one.initCause(new Exception("two", one));
    assertThat(FailureText.of(one).what()).isEqualTo("java.lang.Exception: one");
  }

  @Test
  void anAccountThatDoesNotAddUpSaysHowMuchIsOpen() {
    Account account =
        new Account(new WorkCount(5, 3, 0, 0, 0, 0, 0, 0), List.of(), 0, List.of(), List.of());

    assertThat(Reports.of(StopOutcome.CLEAN, Duration.ZERO, 0, account).text())
        .contains("           open     2 without an end: the account does not add up\n");
  }
}
