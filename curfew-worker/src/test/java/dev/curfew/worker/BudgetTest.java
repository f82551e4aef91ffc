// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.worker.queue.JobOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BudgetTest {
  private static final Duration DAY = Duration.ofDays(1);

  /** What is taken of it stays taken while a test looks. */
  private final Budget budget = Budget.named("test").requests(10, DAY).tokens(1_000, DAY);

  private final WorkerStop stop = new WorkerStop();

  private static JobOutcome.RetryAfter later(JobException end) {
    assertThat(end.outcome()).isInstanceOf(JobOutcome.RetryAfter.class);
    return (JobOutcome.RetryAfter) end.outcome();
  }

  @Test
  void anEstimateIsSettledBothWays() throws Exception {
    try (Reservation reservation = budget.reserve(Jobs.any(), 300)) {
      assertThat(budget.availableTokens()).isEqualTo(700);
      reservation.settle(100);
    }
    assertThat(budget.availableTokens()).isEqualTo(900);
    try (Reservation reservation = budget.reserve(Jobs.any(), 300)) {
      reservation.settle(1_500);
    }
    assertThat(budget.availableTokens()).isEqualTo(-600); // A debt.
    assertThat(budget.availableRequests()).isEqualTo(8);
  }

  @Test
  void aCallThatWasNotMadeCostsNothing() throws Exception {
    try (Reservation reservation = budget.reserve(Jobs.any(), 300)) {
      assertThat(reservation.estimate()).isEqualTo(300);
    }
    assertThat(budget.availableTokens()).isEqualTo(1_000);
    assertThat(budget.availableRequests()).isEqualTo(10);
  }

  @Test
  void aJobThatWouldWaitLongGoesBackAndFindsWhatItAskedFor() throws Exception {
    Budget small = Budget.named("small").requests(1, ofMinutes(1));
    small.reserve(Jobs.any(), 0).settle(0);
    Job second = Jobs.any();
    assertThatThrownBy(() -> small.reserve(second, 0))
        .isInstanceOfSatisfying(
            JobException.class,
            end -> {
              assertThat(later(end).delay()).isBetween(ofSeconds(50), ofSeconds(61));
              assertThat(later(end).spent()).isFalse();
            });
    assertThat(small.availableRequests()).isEqualTo(-1); // Kept for the second.
    Job third = Jobs.any();
    assertThatThrownBy(() -> small.reserve(third, 0))
        .isInstanceOfSatisfying(
            JobException.class,
            end -> assertThat(later(end).delay()).isGreaterThan(ofSeconds(100)));
    // It comes back too early: it keeps its place.
    assertThatThrownBy(() -> small.reserve(second, 0))
        .isInstanceOfSatisfying(
            JobException.class, end -> assertThat(later(end).delay()).isLessThan(ofSeconds(61)));
    assertThat(small.availableRequests()).isEqualTo(-2);
  }

  @Test
  void aWaitEndsAtTheStopAndNothingLeaks() throws Exception {
    Budget fast = Budget.named("fast").requests(1, ofSeconds(4));
    fast.reserve(Jobs.any(), 0).settle(0);
    Job job = Jobs.of(stop);
    Thread asker = Thread.ofVirtual().start(stop::set);
    assertThatThrownBy(() -> fast.reserve(job, 0))
        .isInstanceOfSatisfying(
            JobException.class,
            end -> assertThat(end.outcome()).isInstanceOf(JobOutcome.GiveBack.class));
    asker.join();
    assertThat(fast.availableRequests()).isZero();
  }

  @Test
  void aWaitEndsAtAnInterruptAndNothingLeaks() throws Exception {
    Budget fast = Budget.named("fast").requests(1, ofSeconds(4));
    fast.reserve(Jobs.any(), 0).settle(0);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> fast.reserve(Jobs.any(), 0)).isInstanceOf(InterruptedException.class);
    assertThat(fast.availableRequests()).isZero();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void whatIsMoreThanFitsRunsAtAFullBucketAndLeavesADebt() throws Exception {
    try (Reservation reservation = budget.reserve(Jobs.any(), 2_500)) {
      assertThat(budget.availableTokens()).isEqualTo(-1_500);
      reservation.settle(2_500);
    }
    assertThatThrownBy(() -> budget.reserve(Jobs.any(), 1)).isInstanceOf(JobException.class);
  }

  @Test
  void aPauseHoldsEverybody() throws Exception {
    budget.pauseFor(ofHours(1));
    budget.pauseFor(ofSeconds(1)); // Makes it no shorter.
    assertThat(budget.pausedFor()).isGreaterThan(ofMinutes(59));
    assertThatThrownBy(() -> budget.reserve(Jobs.any(), 1))
        .isInstanceOfSatisfying(
            JobException.class, end -> assertThat(later(end).delay()).isGreaterThan(ofMinutes(59)));
  }

  @Test
  void aShortPauseIsWaitedForWithTheThread() throws Exception {
    budget.pauseFor(ofMillis(100));
    try (Reservation reservation = budget.reserve(Jobs.any(), 1)) {
      assertThat(budget.pausedFor()).isZero();
      reservation.settle(1);
    }
  }

  @Test
  void withoutAJobItWaitsOrSaysThatItWasStopped() throws Exception {
    Budget small = Budget.named("small").requests(1, DAY);
    small.reserve(stop, 0).orElseThrow().settle(0);
    Thread asker = Thread.ofVirtual().start(stop::set);
    assertThat(small.reserve(stop, 0)).isEmpty();
    asker.join();
    assertThat(small.availableRequests()).isZero();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> Budget.named("x").requests(0, DAY))
        .hasMessageContaining("give at least 1");
    assertThatThrownBy(() -> budget.reserve(Jobs.any(), -1)).hasMessageContaining("zero or more");
    assertThatThrownBy(() -> Budget.named("x").reserve(Jobs.any(), 5))
        .hasMessageContaining("no limit of tokens");
    assertThatThrownBy(
            () -> {
              try (Reservation reservation = budget.reserve(Jobs.any(), 5)) {
                reservation.settle(5);
                reservation.settle(5);
              }
            })
        .hasMessageContaining("once");
  }

  @Test
  void whoWaitsGoesEarlierWhenOthersHaveUsedLess() throws Exception {
    Reservation all = budget.reserve(Jobs.any(), 1_000);
    AtomicLong went = new AtomicLong();
    Thread waits =
        Thread.ofVirtual()
            .start(() -> {
              try (Reservation reservation = budget.reserve(stop, 600).orElseThrow()) {
                went.set(reservation.estimate());
              } catch (InterruptedException e) {
                // It has not gone.
              }
            });
    Eventually.that("it waits", () -> budget.availableTokens() == -600);
    all.settle(100);
    Eventually.that("it has gone", () -> went.get() == 600);
    waits.join();
  }

  /** When they went, in nanoseconds. */
  private static List<Long> goers(Budget budget, int many, WorkerStop stop) {
    List<Long> times = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < many; i++) {
      Thread unused =
          Thread.ofVirtual()
              .start(() -> {
                try (Reservation reservation = budget.reserve(Jobs.of(stop), 0)) {
                  reservation.settle(0);
                  times.add(System.nanoTime());
                } catch (JobException | InterruptedException e) {
                  // Stopped.
                }
              });
    }
    return times;
  }

  @Test
  void whatWaitersLeaveIsNotTakenTwice() throws Exception {
    Budget fast = Budget.named("fast").requests(1, ofMillis(200));
    fast.reserve(Jobs.any(), 0).settle(0);
    WorkerStop early = new WorkerStop();
    List<Long> left = goers(fast, 5, early);
    Eventually.that("five wait", () -> fast.availableRequests() <= -4);
    long before = fast.availableRequests();
    List<Long> stay = goers(fast, 5, stop);
    Eventually.that("five more wait", () -> fast.availableRequests() <= before - 4);
    early.set();
    Eventually.that("those have left", () -> fast.availableRequests() >= -6);
    List<Long> late = goers(fast, 5, stop);
    Eventually.that("all have gone", () -> left.size() + stay.size() + late.size() >= 10);
    List<Long> all = new ArrayList<>(left);
    all.addAll(stay);
    all.addAll(late);
    assertSpread(all, ofMillis(200));
  }

  @Test
  void afterAPauseThoseWhoWaitGoOneByOne() throws Exception {
    Budget fast = Budget.named("fast").requests(1, ofMillis(100));
    fast.reserve(Jobs.any(), 0).settle(0);
    List<Long> all = goers(fast, 8, stop);
    Eventually.that("they wait", () -> fast.availableRequests() <= -6);
    fast.pauseFor(ofSeconds(1));
    Eventually.that("all have gone", () -> all.size() == 8);
    assertSpread(all, ofMillis(100));
  }

  /** As long as a bucket of one takes to let them go; one of them may be late. */
  private static void assertSpread(List<Long> times, Duration each) {
    long took = Collections.max(times) - Collections.min(times);
    assertThat(Duration.ofNanos(took)).isGreaterThan(each.multipliedBy(times.size() - 2));
  }

  @Test
  void nonsenseFromAnUpstreamBreaksNothing() throws Exception {
    Reservation huge = budget.reserve(Jobs.any(), Long.MAX_VALUE);
    assertThat(budget.availableTokens()).isNegative();
    huge.close();
    assertThat(budget.availableTokens()).isEqualTo(1_000);
    assertThat(budget.availableRequests()).isEqualTo(10);
    budget.reserve(Jobs.any(), 1).settle(Long.MAX_VALUE);
    assertThat(budget.availableTokens()).isNegative();
    budget.pauseFor(Duration.ofSeconds(Long.MAX_VALUE));
    budget.pauseFor(Duration.ofSeconds(Long.MIN_VALUE));
    assertThatThrownBy(() -> budget.reserve(Jobs.any(), 1)).isInstanceOf(JobException.class);
  }

  /** Refills are out of the way: whatever is missing in the end has leaked. */
  @Test
  void underRandomCancelsWhatIsMissingIsWhatWasSettled() throws Exception {
    Budget big =
        Budget.named("big").requests(100_000, DAY).tokens(10_000_000, Duration.ofDays(3_650));
    AtomicLong settled = new AtomicLong();
    AtomicLong calls = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    List<WorkerStop> stops = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      WorkerStop own = new WorkerStop();
      stops.add(own);
      SplittableRandom random = new SplittableRandom(i);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int k = 0; k < 20; k++) {
                  long estimate = random.nextInt(2_000);
                  try (Reservation reservation = big.reserve(Jobs.of(own), estimate)) {
                    if (random.nextInt(3) > 0) {
                      long actual = random.nextInt(2_000);
                      reservation.settle(actual);
                      settled.addAndGet(actual);
                      calls.incrementAndGet();
                    }
                  } catch (JobException | InterruptedException e) {
                    // Nothing is taken: that is what the test is about.
                  }
                  if (random.nextInt(10) == 0) {
                    big.pauseFor(ofMillis(random.nextInt(3)));
                  }
                }
              }));
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100; i++) {
      threads.get(random.nextInt(200)).interrupt();
      stops.get(random.nextInt(200)).set();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    // Ten million in ten years are two in a minute.
    assertThat(10_000_000 - big.availableTokens()).isBetween(settled.get() - 10, settled.get());
    assertThat(100_000 - big.availableRequests()).isBetween(calls.get() - 70, calls.get());
  }
}
