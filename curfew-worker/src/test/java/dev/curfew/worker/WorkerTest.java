// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.WorkCount;
import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.MemoryJobQueue;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.QueueStats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class WorkerTest {
  @TempDir Path folder;

  private final MemoryJobQueue queue = MemoryJobQueue.of(100_000);
  private final Set<UUID> done = ConcurrentHashMap.newKeySet();
  private Worker worker;
  private RunningService service;

  @AfterEach
  void stopWhatRuns() throws InterruptedException {
    if (service != null) {
      service.stop("the test is over");
    }
  }

  private UUID put(String payload) throws InterruptedException {
    return queue.put(NewJob.of(payload)).id();
  }

  /** The queue outlives the service, so that a test can look at it. */
  private void start(Duration curfew, WorkerOptions options, JobHandler handler) throws Exception {
    worker = options.handle(handler);
    service = Service.named("test").curfew(curfew).start(group -> group.background("work", worker));
  }

  private void start(JobHandler handler) throws Exception {
    start(ofSeconds(10), Worker.of(queue), handler);
  }

  private StopReport stop() throws InterruptedException {
    StopReport report = service.stop("test");
    service = null;
    return report;
  }

  private JobView find(UUID id) {
    return queue.find(id).orElseThrow();
  }

  private void awaitDone(int jobs) {
    Eventually.that(jobs + " jobs done", () -> worker.stats().done() == jobs);
  }

  private static void assertAddsUp(WorkerStats s) {
    assertThat(s.claimed())
        .isEqualTo(
            s.done()
                + s.retried()
                + s.postponed()
                + s.dead()
                + s.givenBack()
                + s.left()
                + s.running()
                + s.ready());
  }

  private static QueueStats nothing(QueueStats stats) {
    return new QueueStats(0, 0, 0, stats.dead(), Duration.ZERO, stats.workers());
  }

  @Test
  void jobsAreDoneAndLeaveTheQueue() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      put("job " + i);
    }
    start(job -> done.add(job.id()));
    awaitDone(1_000);
    StopReport report = stop();

    assertThat(done).hasSize(1_000);
    assertThat(queue.stats()).isEqualTo(nothing(queue.stats()));
    assertThat(report.outcome()).as(report.text()).isEqualTo(StopOutcome.CLEAN);
    WorkCount work = report.account().work();
    assertThat(work.addsUp()).isTrue();
    assertThat(work.lost()).isZero();
    assertAddsUp(worker.stats());
  }

  @Test
  void aFailedJobIsTriedAgainAndThenDead() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    UUID id = put("poison");
    start(
        ofSeconds(10),
        Worker.of(queue).retry(Retry.atMost(3).withBackoff(ofMillis(1), ofMillis(5))),
        job -> {
          assertThat(job.attempt()).isEqualTo(calls.incrementAndGet());
          throw new IllegalStateException("it is poison");
        });
    Eventually.that("a dead letter", () -> find(id).state() == JobState.DEAD);

    assertThat(calls).hasValue(3);
    assertThat(find(id).attempts()).isEqualTo(3);
    assertThat(find(id).lastError()).contains("it is poison");
    assertThat(stop().outcome()).isEqualTo(StopOutcome.CLEAN);
  }

  @Test
  void anErrorIsOneJobsFailureToo() throws Exception {
    UUID bad = put("bad");
    put("good");
    start(job -> {
      if (job.id().equals(bad)) {
        throw new StackOverflowError("deep");
      }
    });
    awaitDone(1);
    Eventually.that("a failure", () -> find(bad).lastError() != null);
  }

  @Test
  void anIdleWorkerGoesHomeAndSaysNothing() throws Exception {
    start(job -> {});
    Eventually.that("a worker at the queue", () -> queue.stats().workers() == 1);
    StopReport report = stop();
    assertThat(report.text()).isEqualTo(report.line() + "\n");
    assertThat(report.exitCode()).isZero();
    assertThat(queue.stats().workers()).isZero();
  }

  @Test
  void whatWasNotBegunGoesBackAtOnceAndSpendsNothing() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    FrozenQueue watched = new FrozenQueue(queue);
    for (int i = 0; i < 20; i++) {
      put("job " + i);
    }
    start(
        ofSeconds(10),
        Worker.of(watched).concurrency(2),
        job -> {
          go.await();
          done.add(job.id());
        });
    Eventually.that("two that run", () -> worker.running().size() == 2);
    service.requestStop("test");
    Eventually.that("the worker takes no more", watched::isQuiet);
    Eventually.that("the rest is due again", () -> queue.stats().due() == 18);
    assertThat(queue.list(JobState.WAITING, 100))
        .allSatisfy(job -> {
          assertThat(job.attempts()).isZero();
          assertThat(job.interruptions()).isZero();
        });
    go.countDown();
    StopReport report = stop();
    assertThat(report.outcome()).as(report.text()).isEqualTo(StopOutcome.CLEAN);
    assertThat(done).hasSize(2);
    assertThat(queue.stats().running()).isZero();
    assertThat(queue.stats().due()).isEqualTo(18);
  }

  @Test
  void whatWaitsBehindLongJobsGoesBackForOthers() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    start(
        ofSeconds(10),
        Worker.of(queue).concurrency(2),
        job -> {
          if (job.text().equals("long")) {
            go.await();
          }
        });
    for (int i = 0; i < 1_000; i++) {
      put("short");
    }
    awaitDone(1_000); // Now it claims ahead.
    for (int i = 0; i < 10; i++) {
      put("long");
    }
    Eventually.that("two that run", () -> worker.running().size() == 2);
    Eventually.that("nobody keeps the rest", () -> queue.stats().due() == 8);
    go.countDown();
    awaitDone(1_010);
  }

  @Test
  void aJobThatTakesTooLongIsInterruptedAndGivenBackWithoutSpendingAnAttempt() throws Exception {
    UUID id = put("long");
    AtomicBoolean interrupted = new AtomicBoolean();
    start(
        ofSeconds(3),
        Worker.of(queue),
        job -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            interrupted.set(true);
            throw e;
          }
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    StopReport report = stop();

    assertThat(report.outcome()).as(report.text()).isEqualTo(StopOutcome.CLEAN);
    assertThat(report.exitCode()).isZero();
    assertThat(report.account().work().givenBack()).isEqualTo(1);
    assertThat(report.account().work().addsUp()).isTrue();
    assertThat(interrupted).isTrue();
    assertThat(find(id).state()).isEqualTo(JobState.WAITING);
    assertThat(find(id).attempts()).isZero();
    assertThat(find(id).interruptions()).isEqualTo(1);
    assertThat(find(id).lastError()).isNull();
  }

  @Test
  void anotherExceptionAfterTheCancelIsNoFailureEither() throws Exception {
    UUID id = put("wraps");
    start(
        ofSeconds(3),
        Worker.of(queue),
        job -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            throw new IllegalStateException("wrapped", e);
          }
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    assertThat(stop().exitCode()).isZero();
    assertThat(find(id).attempts()).isZero();
  }

  @Test
  void aJobWhoseInterruptIsSwallowedIsGivenBackNotLost() throws Exception {
    UUID id = put("swallows");
    start(
        ofSeconds(3),
        Worker.of(queue),
        job -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // and return: the commonest way to lose a job
          }
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    stop();
    assertThat(find(id).state()).isEqualTo(JobState.WAITING);
  }

  @Test
  void aJobThatSaysItIsDoneIsDoneWhateverComesAfter() throws Exception {
    UUID id = put("done");
    start(
        ofSeconds(3),
        Worker.of(queue),
        job -> {
          job.done();
          Thread.sleep(60_000);
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    assertThat(stop().exitCode()).isZero();
    assertThat(queue.find(id)).isEmpty();
  }

  @Test
  void aStubbornJobIsNamedAndDueAgainOnlyWhenTheProcessHasEnded() throws Exception {
    UUID id = put("stubborn");
    AtomicBoolean release = new AtomicBoolean();
    start(
        ofSeconds(3),
        Worker.of(queue),
        job -> {
          while (!release.get()) {
            LockSupport.parkNanos(1_000_000);
            boolean unused = Thread.interrupted();
          }
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    StopReport report = stop();
    release.set(true);

    assertThat(report.exitCode()).isEqualTo(75);
    assertThat(report.text()).contains("/test/work/").contains("WorkerTest.java:");
    assertThat(report.account().work().addsUp()).as(report.text()).isTrue();
    JobView job = find(id);
    assertThat(job.state()).isEqualTo(JobState.WAITING);
    assertThat(job.attempts()).isZero();
    assertThat(queue.stats().later()).isEqualTo(1);
  }

  @Test
  void aTimeoutIsAFailedAttempt() throws Exception {
    UUID id = put("slow");
    start(
        ofSeconds(10),
        Worker.of(queue).jobTimeout(ofMillis(20)).retry(Retry.atMost(1)),
        job -> Thread.sleep(60_000));
    Eventually.that("a dead letter", () -> find(id).state() == JobState.DEAD);
    assertThat(find(id).attempts()).isEqualTo(1);
    assertThat(find(id).lastError())
        .isEqualTo(
            "attempt 1 of at most 1 failed: java.util.concurrent.TimeoutException: it did not end"
                + " within its jobTimeout of 20 ms");
  }

  @Test
  void aHandlerSaysHowElseAJobEnds() throws Exception {
    UUID later = put("later");
    UUID dead = put("dead");
    UUID back = put("back");
    CountDownLatch cameBack = new CountDownLatch(2);
    start(job -> {
      switch (job.text()) {
        case "later" -> job.retryAfter(ofHours(1), "not yet");
        case "dead" -> throw job.dead("never");
        default -> {
          cameBack.countDown();
          if (cameBack.getCount() > 0) {
            job.giveBack();
          }
        }
      }
    });
    cameBack.await();
    awaitDone(1);
    Eventually.that("the others", () -> worker.stats().unsettled() == 0);
    assertThat(queue.find(back)).isEmpty();
    assertThat(find(later).state()).isEqualTo(JobState.WAITING);
    assertThat(find(later).attempts()).isZero();
    assertThat(find(later).lastError()).isEqualTo("not yet");
    assertThat(find(dead).state()).isEqualTo(JobState.DEAD);
    assertThat(find(dead).lastError()).isEqualTo("never");
  }

  @Test
  void aJobsStopSignalIsSetWhenTheWorkerTakesNoMore() throws Exception {
    UUID id = put("waits");
    start(job -> {
      job.stop().await();
      throw job.giveBack();
    });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    StopReport report = stop();
    assertThat(report.exitCode()).as(report.text()).isZero();
    assertThat(find(id).attempts()).isZero();
  }

  @Test
  void aJobIsCancelledWhenItsLeaseIsLost() throws Exception {
    UUID id = put("frozen");
    AtomicInteger lost = new AtomicInteger();
    AtomicBoolean first = new AtomicBoolean(true);
    FrozenQueue frozen = new FrozenQueue(queue);
    worker =
        Worker.of(frozen)
            .lease(ofSeconds(1))
            .handle(job -> {
              if (!first.compareAndSet(true, false)) {
                done.add(job.id());
                return;
              }
              assertThat(job.leaseIsValid()).isTrue();
              frozen.freeze();
              try {
                Thread.sleep(60_000);
              } finally {
                if (!job.leaseIsValid()) {
                  lost.incrementAndGet();
                }
                frozen.thaw();
              }
            });
    service =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    Eventually.that("it is done by another claim", () -> done.contains(id));
    assertThat(lost).hasValue(1);
    assertThat(stop().exitCode()).isZero();
    assertAddsUp(worker.stats());
  }

  @Test
  void noJobBeginsWhoseLeaseWasLostWhileItWaitedForItsBudget() throws Exception {
    put("first");
    put("second");
    AtomicInteger late = new AtomicInteger();
    FrozenQueue frozen = new FrozenQueue(queue);
    worker =
        Worker.of(frozen)
            .lease(ofSeconds(1))
            .budget(Budget.named("slow").requests(1, ofSeconds(2)))
            .handle(job -> {
              frozen.holdBeats(); // The lease passes, and no beat says so.
              if (!job.leaseIsValid()) {
                late.incrementAndGet();
              }
              done.add(job.id());
            });
    service =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    Eventually.that("the second has had its turn", () -> worker.stats().givenBack() > 0);
    frozen.releaseBeats();
    Eventually.that("both are done", () -> done.size() == 2);
    frozen.releaseBeats();
    assertThat(late).hasValue(0);
  }

  @Test
  void aQueueThatIsAwayIsTriedAgain() throws Exception {
    FrozenQueue away = new FrozenQueue(queue);
    away.freeze();
    worker = Worker.of(away).handle(job -> done.add(job.id()));
    service =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    UUID id = put("job");
    Eventually.that("some tries", () -> away.refused() > 2);
    away.thaw();
    Eventually.that("the job is done", () -> done.contains(id));
  }

  @Test
  void aWorkerAtAQueueThatIsAwayStopsAtOnce() throws Exception {
    FrozenQueue away = new FrozenQueue(queue);
    away.freeze();
    worker = Worker.of(away).handle(job -> {});
    service =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    Eventually.that("some tries", () -> away.refused() > 0);
    StopReport report = stop();
    assertThat(report.exitCode()).as(report.text()).isZero();
    assertThat(report.took()).isLessThan(ofSeconds(5));
  }

  @Test
  void aWorkerInAPlainGroupEndsWithIt() throws Exception {
    for (int i = 0; i < 50; i++) {
      put("job " + i);
    }
    TaskGroup.run(
        "plain",
        group -> {
          worker = Worker.of(queue).handle(job -> done.add(job.id()));
          group.background("work", worker);
          awaitDone(50);
        });
    assertThat(queue.stats().workers()).isZero();
    assertThat(queue.stats()).isEqualTo(nothing(queue.stats()));
  }

  @Test
  void aCancelledGroupGivesItsJobsBack() throws Exception {
    UUID id = put("long");
    assertThatThrownBy(() ->
            TaskGroup.run(
                "plain",
                group -> {
                  worker = Worker.of(queue).handle(job -> Thread.sleep(60_000));
                  group.background("work", worker);
                  Eventually.that("it runs", () -> worker.running().size() == 1);
                  group.cancel("test");
                  Thread.sleep(60_000);
                }))
        .isInstanceOf(java.util.concurrent.CancellationException.class);
    assertThat(find(id).state()).isEqualTo(JobState.WAITING);
    assertThat(find(id).attempts()).isZero();
    assertThat(queue.stats().workers()).isZero();
  }

  @Test
  void aWorkerRunsOnce() throws Exception {
    start(job -> {});
    Eventually.that("a worker at the queue", () -> queue.stats().workers() == 1);
    assertThatThrownBy(() -> worker.run(dev.curfew.task.StopSignal.current()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("runs once");
  }

  @Test
  void aFlagThatAHandlerLeavesBehindEndsNoRunner() throws Exception {
    for (int i = 0; i < 100; i++) {
      put("job " + i);
    }
    start(
        ofSeconds(10), Worker.of(queue).concurrency(1), job -> Thread.currentThread().interrupt());
    awaitDone(100);
    assertThat(stop().exitCode()).isZero();
  }

  @Test
  void anInterruptOfSomebodyElseIsAFailedAttempt() throws Exception {
    UUID id = put("interrupts itself");
    start(
        ofSeconds(10),
        Worker.of(queue).retry(Retry.atMost(1)),
        job -> {
          Thread.currentThread().interrupt();
          Thread.sleep(10);
        });
    Eventually.that("a dead letter", () -> find(id).state() == JobState.DEAD);
    assertThat(find(id).attempts()).isEqualTo(1);
  }

  @Test
  void aWorkerWhoseQueueWillNotWorkAgainFailsAndTheServiceStops() throws Exception {
    FrozenQueue broken = new FrozenQueue(queue);
    worker = Worker.of(broken).handle(job -> {});
    RunningService failing =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    Eventually.that("a worker at the queue", () -> queue.stats().workers() == 1);
    broken.shatter();
    StopReport report = failing.await();
    assertThat(report.exitCode()).isEqualTo(70);
    assertThat(report.text()).contains("can't go on").contains("no such table");
  }

  @ParameterizedTest
  @ValueSource(strings = {"settle", "beat"})
  void aJobThatRunsKeepsItsClaimWhenItsQueueBreaks(String call) throws Exception {
    FrozenQueue broken = new FrozenQueue(queue);
    AtomicBoolean othersMayHaveIt = new AtomicBoolean();
    CountDownLatch runs = new CountDownLatch(1);
    put("long");
    worker =
        Worker.of(broken)
            .lease(ofSeconds(1))
            .handle(job -> {
              if (job.text().equals("short")) {
                return;
              }
              runs.countDown();
              try {
                Thread.sleep(60_000);
              } catch (InterruptedException e) {
                // Time for a farewell that must not come.
                Deadline limit = Deadline.in(ofMillis(200));
                while (!broken.isLeft() && !limit.hasPassed()) {
                  LockSupport.parkNanos(1_000_000);
                }
                othersMayHaveIt.set(broken.isLeft());
                throw e;
              }
            });
    RunningService failing =
        Service.named("test").curfew(ofSeconds(5)).start(group -> group.background("w", worker));
    runs.await();
    broken.breakIn(call, new IllegalStateException(call + " is broken"));
    put("short"); // To be settled.
    assertThat(failing.await().exitCode()).isEqualTo(70);
    assertThat(othersMayHaveIt).isFalse();
    assertThat(queue.stats().running()).isZero();
  }

  @Test
  void putsOfAllThreadsAreDoneOnceUnderAStorm() throws Exception {
    List<UUID> ids = new java.util.concurrent.CopyOnWriteArrayList<>();
    AtomicInteger calls = new AtomicInteger();
    start(
        ofSeconds(10),
        Worker.of(queue).concurrency(16),
        job -> {
          calls.incrementAndGet();
          done.add(job.id());
        });
    TaskGroup.run(
        "putters",
        group -> {
          for (int t = 0; t < 4; t++) {
            group.fork(
                "putter",
                () -> {
                  for (int i = 0; i < 500; i++) {
                    ids.add(put("x"));
                  }
                });
          }
        });
    awaitDone(2_000);
    assertThat(done).hasSize(2_000).containsAll(ids);
    assertThat(calls).hasValue(2_000);
  }

  @Test
  void aQueueThatDoesNotHearOfTheStopCutsNoJobOff() throws Exception {
    FrozenQueue deaf = new FrozenQueue(queue);
    deaf.breakIn("quiet", new IllegalStateException("deaf"));
    UUID id = put("job");
    AtomicBoolean cut = new AtomicBoolean();
    start(
        ofSeconds(10),
        Worker.of(deaf),
        job -> {
          job.stop().await();
          try {
            Thread.sleep(100); // The stop goes on meanwhile.
          } catch (InterruptedException e) {
            cut.set(true);
            throw e;
          }
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    StopReport report = stop();
    assertThat(report.exitCode()).as(report.text()).isZero();
    assertThat(cut).isFalse();
    assertThat(queue.find(id)).isEmpty();
    assertThat(queue.stats().workers()).isZero();
  }

  @Test
  void aFailureWithoutATextIsOneJobsFailureToo() throws Exception {
    UUID id = put("odd");
    start(
        ofSeconds(10),
        Worker.of(queue).concurrency(1).retry(Retry.atMost(1)),
        job -> {
          throw new Textless();
        });
    Eventually.that("a dead letter", () -> find(id).state() == JobState.DEAD);
  }

  private static final class Textless extends RuntimeException {
    private static final long serialVersionUID = 1;

    Textless() {
      super(null, null, false, false); // No stack either.
    }

    @Override
    @SuppressWarnings({"OverrideThrowableToString", "ToStringReturnsNull"}) // That is the point.
    public @Nullable String toString() {
      return null;
    }
  }

  @Test
  void aWorkerThatHasLostARunnerDoesNotLookAlive() throws Exception {
    put("odd");
    worker =
        Worker.of(queue)
            .concurrency(1)
            .retry(Retry.atMost(1).neverOn(java.io.IOException.class))
            .handle(job -> {
              throw new Causeless();
            });
    RunningService failing =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    StopReport report = failing.await();
    assertThat(report.exitCode()).isEqualTo(70);
    assertThat(report.text()).contains("can't go on");
  }

  private static final class Causeless extends java.util.concurrent.ExecutionException {
    private static final long serialVersionUID = 1;

    Causeless() {
      super("causeless", null);
    }

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("there is none");
    }
  }

  @Test
  void theWaitForABudgetIsNoPartOfAnAttempt() throws Exception {
    put("first");
    put("second");
    start(
        ofSeconds(10),
        Worker.of(queue)
            .concurrency(2)
            .jobTimeout(ofMillis(300))
            .retry(Retry.atMost(1))
            .budget(Budget.named("slow").requests(1, ofSeconds(1))),
        job -> {});
    Eventually.that("both have ended", () -> worker.stats().done() + worker.stats().dead() == 2);
    assertThat(worker.stats().done()).isEqualTo(2);
  }

  @Test
  void aJobIsCancelledWhenItsLeaseHasPassedAlsoWhileABeatHangs() throws Exception {
    FrozenQueue hangs = new FrozenQueue(queue);
    AtomicBoolean cut = new AtomicBoolean();
    put("job");
    worker =
        Worker.of(hangs)
            .lease(ofSeconds(1))
            .handle(job -> {
              if (cut.get()) {
                return;
              }
              hangs.holdBeats();
              try {
                Thread.sleep(60_000);
              } catch (InterruptedException e) {
                cut.set(true);
                throw e;
              }
            });
    service =
        Service.named("test").curfew(ofSeconds(10)).start(group -> group.background("w", worker));
    try {
      Eventually.that("it is cancelled", cut::get);
    } finally {
      hangs.releaseBeats();
    }
    awaitDone(1); // By the next claim.
    assertThat(stop().exitCode()).isZero();
  }

  @Test
  void whatAForkOfAHandlerAnswersIsTheJobsAnswer() throws Exception {
    UUID id = put("later");
    start(
        ofSeconds(10),
        Worker.of(queue).retry(Retry.atMost(1)),
        job ->
            TaskGroup.run(
                "inner", group -> group.fork("call", () -> job.retryAfter(ofHours(1), "not yet"))));
    Eventually.that("it is due later", () -> queue.stats().later() + queue.stats().dead() == 1);
    assertThat(find(id).attempts()).isZero();
    assertThat(find(id).lastError()).isEqualTo("not yet");
  }

  @Test
  void anAnswerAfterTheCancelIsTakenAtItsWordAlsoWithATimeout() throws Exception {
    UUID id = put("answers");
    start(
        ofSeconds(3),
        Worker.of(queue).jobTimeout(ofHours(1)),
        job -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            throw job.dead("it was cut off");
          }
        });
    Eventually.that("it runs", () -> worker.running().size() == 1);
    stop();
    assertThat(find(id).state()).isEqualTo(JobState.DEAD);
  }

  @Test
  void aGiveBackThatTheQueueRefusesSpendsNoAttempt() throws Exception {
    FrozenQueue refuses = new FrozenQueue(queue);
    refuses.refuse(JobOutcome.GiveBack.class);
    UUID id = put("back");
    start(ofSeconds(10), Worker.of(refuses), job -> job.giveBack());
    Eventually.that("it is due later", () -> queue.stats().later() == 1);
    assertThat(find(id).attempts()).isZero();
  }
}
