// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.time.Await;
import java.util.List;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StrangersTest {
  private final CountDownLatch end = new CountDownLatch(1);
  private Thread thread;

  @AfterEach
  void endTheThread() throws InterruptedException {
    end.countDown();
    if (thread != null) {
      thread.join();
    }
  }

  @Test
  void aThreadThatNoGroupOwnsIsNamedWithItsOwnCode() throws InterruptedException {
    start("mirror-1", false);

    assertThat(strangers())
        .filteredOn(finding -> finding.what().contains("mirror-1"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.cause()).isEqualTo(Cause.FORGOTTEN);
          assertThat(finding.certain()).isFalse();
          assertThat(finding.at().getClassName()).startsWith(getClass().getName());
        });
  }

  @Test
  void aDaemonKeepsNothingAliveAndIsNoStranger() throws InterruptedException {
    start("mirror-2", true);

    assertThat(strangers()).noneMatch(finding -> finding.what().contains("mirror-2"));
  }

  @Test
  void aKnownThreadIsNoStranger() throws InterruptedException {
    start("mirror-3", false);

    assertThat(Strangers.find(Set.of(thread), false))
        .noneMatch(finding -> finding.what().contains("mirror-3"));
  }

  @Test
  void anIdleWorkerHasNoCauseButARemedy() throws Exception {
    ExecutorService executor =
        Executors.newSingleThreadExecutor(body -> new Thread(body, "idle-pool"));
    try {
      executor.submit(() -> {}).get();
      Thread worker = findThread("idle-pool");
      while (worker.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }

      assertThat(strangers())
          .filteredOn(finding -> finding.what().contains("idle-pool"))
          .singleElement()
          .satisfies(finding -> {
            assertThat(finding.cause()).isNull();
            assertThat(finding.remedy()).contains("own the executor");
          });
    } finally {
      executor.close();
    }
  }

  @Test
  void aTimerThatNobodyCancelledIsAStranger() throws InterruptedException {
    Timer timer = new Timer("nightly-timer");
    try {
      // A thread that has only just been started has no frame yet.
      Await.until(
          "the timer's thread among the strangers",
          () -> strangers().stream().anyMatch(seen -> seen.what().contains("nightly-timer")));
    } finally {
      timer.cancel();
    }
  }

  @Test
  void nobodyForgotAThreadThatMayBelongToAResourceWhichDidNotClose() throws Exception {
    start("mirror-4", false);

    assertThat(Strangers.find(Set.of(), true))
        .filteredOn(finding -> finding.what().contains("mirror-4"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.cause()).isNull();
          assertThat(finding.what()).contains("may belong to a resource that did not close");
        });
  }

  @Test
  void theThreadsOfTheJvmAreNoStrangers() {
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(one -> {
          ThreadGroup group = one.getThreadGroup();
          return group != null && group.getParent() == null;
        })
        .isNotEmpty()
        .noneMatch(one -> Strangers.isStranger(one, Set.of()));
  }

  private static Thread findThread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(one -> one.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<Finding> strangers() {
    return Strangers.find(Set.of(), false);
  }

  private void start(String name, boolean daemon) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    thread =
        new Thread(
            () -> {
              begun.countDown();
              awaitEnd();
            },
            name);
    thread.setDaemon(daemon);
    thread.start();
    begun.await();
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
