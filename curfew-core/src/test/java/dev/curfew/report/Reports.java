// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reports for tests: the one of the documentation, and the parts to build others from. */
final class Reports {
  static final WorkCount CLEAN_WORK = new WorkCount(120, 118, 2, 0, 0, 0, 0, 0);

  static final Finding SWALLOWED =
      new Finding(
          Cause.SWALLOWED,
          "/crawler/fetch/job#8812",
          "the interrupt was consumed in Mirror.copy and the loop went on",
          at("com.acme.Mirror", "copy", 77),
          true,
          "let InterruptedException leave Mirror.copy, or return after cleanup",
          1);

  static final Pending STUCK =
      new Pending(
          "/crawler/fetch/job#8812",
          Pending.State.IGNORED_CANCEL,
          Duration.ofSeconds(4),
          at("com.acme.Crawler", "main", 31),
          List.of(
              new StackTraceElement(
                  null, "java.base", "25", "java.lang.Thread", "sleep", "Thread.java", 509),
              at("com.acme.Mirror", "copy", 77),
              at("com.acme.Mirror", "run", 40)),
          SWALLOWED,
          1);

  private Reports() {}

  static StackTraceElement at(String type, String method, int line) {
    String file = type.substring(type.lastIndexOf('.') + 1) + ".java";
    return new StackTraceElement(type, method, file, line);
  }

  static StopReport clean() {
    return of(
        StopOutcome.CLEAN,
        Duration.ofMillis(12),
        0,
        new Account(CLEAN_WORK, List.of(), 0, List.of(closed("/crawler/http", 3)), List.of()));
  }

  /** Shown in {@code docs/report.md}, as text and as JSON. */
  static StopReport documented() {
    IllegalStateException failure = new IllegalStateException("3 connections are still in use");
    failure.setStackTrace(
        new StackTraceElement[] {
          at("com.acme.Pool", "close", 88), at("com.acme.Crawler", "main", 30)
        });
    Finding late =
        new Finding(
            Cause.ORDER,
            "/crawler/poll",
            "the pool was used after its close had begun",
            at("com.acme.Poller", "poll", 52),
            false,
            "own the resource in an outer group",
            12);
    return of(
        StopOutcome.FORCED,
        Duration.ofMillis(21_034),
        75,
        new Account(
            new WorkCount(9120, 9106, 4, 8, 0, 1, 1, 2),
            List.of(STUCK),
            1,
            List.of(
                closed("/crawler/http", 40),
                new ResourceEnd(
                    "/crawler/pool",
                    ResourceEnd.How.THREW,
                    at("com.acme.Crawler", "main", 29),
                    Duration.ofMillis(230),
                    failure,
                    List.of()),
                new ResourceEnd(
                    "/crawler/mail",
                    ResourceEnd.How.ABANDONED,
                    at("com.acme.Crawler", "main", 30),
                    Duration.ofSeconds(1),
                    null,
                    List.of(
                        new StackTraceElement(
                            null,
                            "java.base",
                            "25",
                            "java.lang.Thread",
                            "join",
                            "Thread.java",
                            2094),
                        at("com.acme.Mail", "close", 61)))),
            List.of(late)));
  }

  static StopReport of(StopOutcome outcome, Duration took, int exitCode, Account account) {
    List<StageTime> stages = new ArrayList<>();
    if (outcome == StopOutcome.FORCED) {
      stages.add(stage("unready", 5000, 0));
      stages.add(stage("drain", 17_000, 16_990));
      stages.add(stage("cancel", 21_000, 3000));
      stages.add(stage("close", 24_000, 1040));
      stages.add(stage("report", 25_000, 4));
    }
    return new StopReport(
        "crawler",
        "1.4.2",
        outcome,
        new Trigger(
            Trigger.Origin.SIGNAL, "SIGTERM", "", List.of(), Instant.ofEpochSecond(1_790_000_000)),
        took,
        Duration.ofSeconds(25),
        exitCode,
        account,
        stages,
        List.of("virtual and daemon threads that no group owns"));
  }

  static Pending pending(String path, Pending.State state, int alike) {
    return new Pending(path, state, Duration.ofSeconds(1), null, List.of(), null, alike);
  }

  static ResourceEnd closed(String path, long millis) {
    return new ResourceEnd(
        path,
        ResourceEnd.How.CLOSED,
        at("com.acme.Crawler", "main", 28),
        Duration.ofMillis(millis),
        null,
        List.of());
  }

  static Finding finding(Cause cause, boolean certain, int count) {
    return new Finding(cause, "/a/" + cause + count, "it happened", null, certain, "", count);
  }

  private static StageTime stage(String name, long planned, long used) {
    return new StageTime(name, Duration.ofMillis(planned), Duration.ofMillis(used));
  }
}
