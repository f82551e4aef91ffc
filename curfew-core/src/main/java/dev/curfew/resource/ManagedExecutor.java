// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.report.WorkCount;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An executor. What was queued when it was interrupted never started, what still runs is abandoned,
 * what had ended before is completed. What ended after it was interrupted counts as cancelled:
 * nobody outside can tell whether it returned, and a loss must not be called a success.
 */
final class ManagedExecutor extends Draining {
  private final ExecutorService executor;
  private final ExecutorGauge gauge;

  /** Set by whoever interrupts first, read by any thread. */
  private final AtomicReference<@Nullable Before> before = new AtomicReference<>();

  /** Added to by whoever interrupts, read by any thread. */
  private final AtomicLong neverStarted = new AtomicLong();

  /**
   * The account while the first interrupt is under way, else null. An interrupt can run the close
   * of a channel, and does so under the lock that the pool's counters need as well: whoever counts
   * must not wait for that. Written by whoever interrupts first, read by any thread.
   */
  private volatile @Nullable WorkCount meanwhile;

  /** The counters just before the first interrupt. */
  private record Before(long finished, long running) {}

  private ManagedExecutor(ExecutorService executor, ExecutorGauge gauge) {
    this.executor = executor;
    this.gauge = gauge;
  }

  static Managed of(ExecutorService executor) {
    if (executor.equals(ForkJoinPool.commonPool())) {
      throw new IllegalArgumentException(
          "the common pool was given to an owner, but it is shared by the whole JVM and can't be"
              + " closed; own a pool of your own, such as new ForkJoinPool(), or fork in a group");
    }
    return new ManagedExecutor(executor, ExecutorGauge.of(executor));
  }

  @Override
  void shutDown() {
    executor.shutdown();
  }

  @Override
  void interruptAll(boolean busy) {
    long queued = gauge.queued();
    long running = gauge.running(busy);
    Before now = new Before(gauge.finished(), running);
    if (!before.compareAndSet(null, now)) {
      interrupt();
      return;
    }
    meanwhile = account(now.finished(), 0, queued, running);
    try {
      interrupt();
      if (!gauge.handsBackQueue()) {
        neverStarted.addAndGet(queued);
      }
    } finally {
      meanwhile = null;
    }
  }

  private void interrupt() {
    for (Runnable task : executor.shutdownNow()) {
      if (task instanceof Future<?> future) {
        boolean promised =
            !(task instanceof RunnableScheduledFuture<?> scheduled && scheduled.isPeriodic());
        // Nobody will run it any more, so whoever waits for it would wait for ever.
        if (future.cancel(false) && promised) {
          neverStarted.incrementAndGet();
        }
      } else {
        neverStarted.incrementAndGet();
      }
    }
  }

  @Override
  boolean await(long nanos) throws InterruptedException {
    return executor.awaitTermination(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  boolean hasEnded() {
    return executor.isTerminated();
  }

  @Override
  boolean isInVain(long nanosLeft) {
    return gauge.isInVain(nanosLeft);
  }

  @Override
  String stillThere() {
    return "the executor still runs tasks after shutdownNow(), at least "
        + Math.max(1, gauge.running(true))
        + "; let them end when they are interrupted";
  }

  /** As far as this kind of executor lets it be known; before the close a moment's view. */
  @Override
  public WorkCount work() {
    WorkCount during = meanwhile;
    if (during != null) {
      return during;
    }
    boolean ended = executor.isTerminated();
    long finished = gauge.finished();
    Before then = before.get();
    // What was interrupted and has not ended has something running.
    long running = ended ? 0 : gauge.running(then != null);
    if (then == null) {
      long queued = ended ? 0 : gauge.queued();
      return new WorkCount(finished + running + queued, finished, 0, 0, 0, 0, 0, 0);
    }
    long cancelled = gauge.countsFinished() ? finished - then.finished() : then.running() - running;
    return account(then.finished(), Math.max(0, cancelled), neverStarted.get(), running);
  }

  private static WorkCount account(
      long completed, long cancelled, long neverStarted, long abandoned) {
    long accepted = completed + cancelled + neverStarted + abandoned;
    return new WorkCount(accepted, completed, 0, 0, cancelled, neverStarted, abandoned, 0);
  }
}
