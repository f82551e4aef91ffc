// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

// What becomes of these tasks is read from the account, not from their futures.
@SuppressWarnings("FutureReturnValueIgnored")
class ManagedExecutorTest {
  /** Ends whatever a test has left on purpose. */
  private final CountDownLatch end = new CountDownLatch(1);

  private final List<ExecutorService> executors = new ArrayList<>();

  @AfterEach
  void endEverything() throws InterruptedException {
    end.countDown();
    for (ExecutorService executor : executors) {
      executor.shutdownNow();
      assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).as("%s ends", executor).isTrue();
    }
  }

  static Stream<ExecutorService> kinds() {
    return Stream.of(
        Executors.newFixedThreadPool(2),
        Executors.newCachedThreadPool(),
        Executors.newSingleThreadExecutor(),
        Executors.newScheduledThreadPool(1),
        Executors.newVirtualThreadPerTaskExecutor(),
        new ForkJoinPool(2));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatRunsMayEndBeforeTheExecutorIsClosed(ExecutorService kind) throws Exception {
    ExecutorService executor = ended(kind);
    CountDownLatch begun = new CountDownLatch(1);
    Future<String> work =
        executor.submit(() -> {
          begun.countDown();
          Thread.sleep(150);
          return "done";
        });
    begun.await();
    Managed managed = Managed.of(executor);
    managed.close(in(30_000));

    assertThat(executor.isTerminated()).isTrue();
    assertThat(work.get()).isEqualTo("done");
    assertThat(managed.work().addsUp()).isTrue();
    assertThat(managed.work().lost() + managed.work().abandoned()).isZero();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatObeysItsInterruptEndsByTheLimit(ExecutorService kind) throws Exception {
    ExecutorService executor = ended(kind);
    begin(executor, () -> end.await());
    Managed managed = Managed.of(executor);
    Deadline limit = in(1000);
    managed.close(limit);

    assertThat(limit.hasPassed()).as("closed by its limit").isFalse();
    assertThat(executor.isTerminated()).isTrue();
    assertThat(managed.work().addsUp()).isTrue();
    assertThat(managed.work().cancelled()).isEqualTo(1);
    assertThat(managed.work().abandoned()).isZero();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatIgnoresItsInterruptIsAbandonedAtTheLimit(ExecutorService kind) throws Exception {
    ExecutorService executor = ended(kind);
    begin(executor, this::ignoreInterrupts);
    Managed managed = Managed.of(executor);

    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> managed.close(in(300)))
        .withMessage(
            "the executor still runs tasks after shutdownNow(), at least 1;"
                + " let them end when they are interrupted");
    assertThat(managed.work().abandoned()).isEqualTo(1);
    assertThat(managed.work().addsUp()).isTrue();

    end.countDown();
    eventually("the task ends", executor::isTerminated);
    assertThat(managed.work().abandoned()).isZero();
    assertThat(managed.work().cancelled()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void cancelEndsWhatRunsWhileCloseWaits(ExecutorService kind) throws Exception {
    ExecutorService executor = ended(kind);
    begin(executor, () -> end.await());
    Managed managed = Managed.of(executor);
    Thread closer = Thread.ofPlatform().start(() -> close(managed, Deadline.never()));
    eventually("close has begun", executor::isShutdown);
    managed.cancel();
    closer.join(30_000);

    assertThat(closer.isAlive()).isFalse();
    assertThat(executor.isTerminated()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void cancelAndCloseMayBeRepeated(ExecutorService kind) throws Exception {
    Managed managed = Managed.of(ended(kind));
    managed.cancel();
    managed.cancel();
    managed.close(in(10_000));
    managed.close(in(0));
    managed.cancel();

    assertThat(kind.isTerminated()).isTrue();
    assertThat(managed.work()).isEqualTo(WorkCount.NONE);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anIdleExecutorClosesAlsoWhenNoTimeIsLeft(ExecutorService kind) throws Exception {
    ended(kind).submit(() -> {}).get();
    Managed managed = Managed.of(kind);
    eventually("the worker is idle", () -> running(kind) == 0);
    managed.close(in(0));

    assertThat(managed.work().lost() + managed.work().abandoned()).isZero();
  }

  @Test
  void anInterruptOfTheCallerHurriesAndIsKept() throws Exception {
    ExecutorService executor = ended(Executors.newFixedThreadPool(1));
    begin(executor, () -> end.await());
    Managed managed = Managed.of(executor);
    boolean kept;
    Thread.currentThread().interrupt();
    try {
      managed.close(Deadline.never());
    } finally {
      kept = Thread.interrupted();
    }

    assertThat(kept).isTrue();
    assertThat(executor.isTerminated()).isTrue();
  }

  @Test
  void aPoolAccountsForEveryTask() throws Exception {
    ExecutorService executor = ended(Executors.newFixedThreadPool(2));
    for (int i = 0; i < 5; i++) {
      executor.submit(() -> {}).get();
    }
    begin(executor, () -> end.await());
    begin(executor, this::ignoreInterrupts);
    List<Future<?>> queued = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      queued.add(executor.submit(() -> {}));
    }
    Managed managed = Managed.of(executor);
    assertThat(managed.work()).isEqualTo(new WorkCount(14, 5, 0, 0, 0, 0, 0, 0));

    assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> managed.close(in(400)));

    assertThat(managed.work()).isEqualTo(new WorkCount(14, 5, 0, 0, 1, 7, 1, 0));
    assertThat(queued)
        .allSatisfy(future ->
            assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get));
  }

  @Test
  void aForkJoinPoolAccountsForWhatItHoldsAtTheEnd() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(1);
    ended(pool).submit(() -> {}).get();
    begin(pool, this::ignoreInterrupts);
    for (int i = 0; i < 3; i++) {
      pool.submit(() -> {});
    }
    Managed managed = Managed.of(pool);

    assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> managed.close(in(300)));

    assertThat(managed.work()).isEqualTo(new WorkCount(4, 0, 0, 0, 0, 3, 1, 0));
  }

  @Test
  void anExecutorBehindAWrapperTellsWhatNeverStarted() throws Exception {
    ExecutorService executor = ended(Executors.newSingleThreadExecutor());
    begin(executor, () -> end.await());
    executor.execute(() -> {});
    executor.submit(() -> {});
    Managed managed = Managed.of(executor);
    managed.close(in(300));

    assertThat(managed.work()).isEqualTo(new WorkCount(3, 0, 0, 0, 1, 2, 0, 0));
  }

  @Test
  void whatIsDueAfterTheLimitIsNotWaitedForAndNeverStarted() throws Exception {
    ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);
    ended(executor).schedule(() -> {}, 1, TimeUnit.HOURS);
    executor.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.HOURS);
    Managed managed = Managed.of(executor);
    Deadline limit = in(60_000);
    managed.close(limit);

    assertThat(limit.remaining()).isGreaterThan(Duration.ofSeconds(30));
    assertThat(managed.work()).isEqualTo(new WorkCount(1, 0, 0, 0, 0, 1, 0, 0));
  }

  @Test
  void whatIsDueBeforeTheLimitIsWaitedFor() throws Exception {
    ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);
    Future<String> soon = ended(executor).schedule(() -> "ran", 400, TimeUnit.MILLISECONDS);
    Managed managed = Managed.of(executor);
    managed.close(in(60_000));

    assertThat(soon.get()).isEqualTo("ran");
    assertThat(managed.work()).isEqualTo(new WorkCount(1, 1, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void whatAPoolWillNotRunCountsForNothing() throws Exception {
    ScheduledExecutorService executor = ended(Executors.newScheduledThreadPool(1));
    executor.scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.HOURS);
    executor.schedule(() -> {}, 1, TimeUnit.HOURS).cancel(false);
    executor.schedule(() -> {}, 1, TimeUnit.HOURS);
    Managed managed = Managed.of(executor);
    eventually("the worker, which starts with the first, waits", () -> running(executor) == 0);
    assertThat(managed.work().accepted()).as("what waits, before the end").isEqualTo(1);
    managed.cancel();
    managed.close(in(30_000));

    assertThat(managed.work()).isEqualTo(new WorkCount(1, 0, 0, 0, 0, 1, 0, 0));
  }

  @Test
  void aRunOfAPeriodicTaskThatIsCutOffIsCancelled() throws Exception {
    ScheduledExecutorService executor = ended(Executors.newScheduledThreadPool(1));
    CountDownLatch begun = new CountDownLatch(1);
    executor.scheduleWithFixedDelay(
        () -> {
          begun.countDown();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        0,
        1,
        TimeUnit.HOURS);
    begun.await();
    Managed managed = Managed.of(executor);
    managed.cancel();
    managed.close(in(30_000));

    assertThat(managed.work()).isEqualTo(new WorkCount(1, 0, 0, 0, 1, 0, 0, 0));
  }

  /** From JDK 25 on a ForkJoinPool schedules, too, and does not tell when something is due. */
  @Test
  void whatAForkJoinPoolDelaysIsNotWaitedForAndNeverStarted() throws Exception {
    ForkJoinPool pool = ended(new ForkJoinPool(2));
    Object asObject = pool;
    Assumptions.assumeTrue(asObject instanceof ScheduledExecutorService, "JDK 25 or newer");
    ScheduledExecutorService executor = (ScheduledExecutorService) asObject;
    Future<?> late = executor.schedule(() -> {}, 1, TimeUnit.HOURS);
    Future<?> periodic = executor.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.HOURS);
    Managed managed = Managed.of(pool);
    Deadline limit = in(60_000);
    managed.close(limit);

    assertThat(limit.remaining()).isGreaterThan(Duration.ofSeconds(30));
    assertThat(late.isCancelled()).isTrue();
    assertThat(periodic.isCancelled()).isTrue();
    assertThat(managed.work()).isEqualTo(new WorkCount(1, 0, 0, 0, 0, 1, 0, 0));
  }

  @Test
  void whatAForkJoinPoolRunsIsWaitedForBesideWhatItDelays() throws Exception {
    ForkJoinPool pool = ended(new ForkJoinPool(2));
    Object asObject = pool;
    Assumptions.assumeTrue(asObject instanceof ScheduledExecutorService, "JDK 25 or newer");
    Future<?> late = ((ScheduledExecutorService) asObject).schedule(() -> {}, 1, TimeUnit.HOURS);
    CountDownLatch begun = new CountDownLatch(1);
    Future<String> work =
        pool.submit(() -> {
          begun.countDown();
          Thread.sleep(150);
          return "done";
        });
    begun.await();
    Managed managed = Managed.of(pool);
    managed.close(in(60_000));

    assertThat(work.get()).isEqualTo("done");
    assertThat(late.isCancelled()).isTrue();
    assertThat(managed.work()).isEqualTo(new WorkCount(1, 0, 0, 0, 0, 1, 0, 0));
  }

  /** The interrupt runs the hook of an interruptible channel, under the lock of the pool. */
  @Test
  void theAccountCanBeReadWhileAnInterruptHangs() throws Exception {
    ExecutorService executor = ended(Executors.newFixedThreadPool(1));
    CountDownLatch hangs = new CountDownLatch(1);
    HangingChannel channel = new HangingChannel(hangs, end);
    begin(executor, channel::block);
    Managed managed = Managed.of(executor);
    Thread canceller = Thread.ofPlatform().start(() -> cancel(managed));
    hangs.await();

    assertThat(managed.work()).isEqualTo(new WorkCount(1, 0, 0, 0, 0, 0, 1, 0));

    end.countDown();
    canceller.join(30_000);
    assertThat(canceller.isAlive()).isFalse();
  }

  private interface Body {
    void run() throws Exception;
  }

  private static void begin(ExecutorService executor, Body body) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    executor.submit(() -> {
      begun.countDown();
      body.run();
      return null;
    });
    assertThat(begun.await(30, TimeUnit.SECONDS)).as("the task begins").isTrue();
  }

  private void ignoreInterrupts() {
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException ignored) {
        // What this task is for.
      }
    }
  }

  private static void close(Managed managed, Deadline limit) {
    try {
      managed.close(limit);
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  private static void cancel(Managed managed) {
    try {
      managed.cancel();
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  private static long running(ExecutorService executor) {
    return ExecutorGauge.of(executor).running(false);
  }

  private static void eventually(String what, BooleanSupplier condition)
      throws InterruptedException {
    Deadline deadline = in(30_000);
    while (!condition.getAsBoolean()) {
      assertThat(deadline.hasPassed()).as("waited 30 s until: %s", what).isFalse();
      Thread.sleep(1);
    }
  }

  private static Deadline in(long millis) {
    return Deadline.in(Duration.ofMillis(millis));
  }

  private <E extends ExecutorService> E ended(E executor) {
    executors.add(executor);
    return executor;
  }
}
