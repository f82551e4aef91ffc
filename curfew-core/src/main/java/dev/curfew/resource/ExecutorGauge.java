// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import java.lang.reflect.Method;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What an executor tells about its work. Any thread may ask; counters are a moment's view. */
sealed interface ExecutorGauge {
  static ExecutorGauge of(ExecutorService executor) {
    if (executor instanceof ThreadPoolExecutor pool) {
      return new OfThreadPool(pool);
    }
    return executor instanceof ForkJoinPool pool ? new OfForkJoin(pool) : new Silent();
  }

  /** How many tasks have ended, in whatever way; 0 if this is not counted. */
  long finished();

  /** Whether {@link #finished()} is more than a guess. */
  boolean countsFinished();

  /**
   * How many run now, as far as this is known.
   *
   * @param busy whether at least one does, as its caller knows from waiting in vain
   */
  long running(boolean busy);

  /** How many wait for a thread; 0 if this is not known. */
  long queued();

  /** Whether {@code shutdownNow()} returns what was queued. */
  default boolean handsBackQueue() {
    return true;
  }

  /** Whether nothing runs, and nothing that is queued becomes due within the time. */
  default boolean isInVain(long nanos) {
    return false;
  }

  /** A pool that counts everything. */
  record OfThreadPool(ThreadPoolExecutor pool) implements ExecutorGauge {
    @Override
    public long finished() {
      return pool.getCompletedTaskCount();
    }

    @Override
    public boolean countsFinished() {
      return true;
    }

    @Override
    public long running(boolean busy) {
      return pool.getActiveCount();
    }

    @Override
    public long queued() {
      if (!(pool instanceof ScheduledThreadPoolExecutor)) {
        return pool.getQueue().size();
      }
      long promised = 0;
      for (Runnable task : pool.getQueue()) {
        // Periodic ones promise no particular run; cancelled ones stay here until they are due.
        boolean periodic = task instanceof RunnableScheduledFuture<?> again && again.isPeriodic();
        if (!periodic && !(task instanceof Future<?> future && future.isDone())) {
          promised++;
        }
      }
      return promised;
    }

    @Override
    public boolean isInVain(long nanos) {
      if (!(pool instanceof ScheduledThreadPoolExecutor)
          || pool.getQueue().isEmpty()
          || pool.getActiveCount() > 0) {
        return false;
      }
      for (Runnable task : pool.getQueue()) {
        if (!(task instanceof Delayed delayed && delayed.getDelay(TimeUnit.NANOSECONDS) > nanos)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * A pool that estimates what it holds, counts subtasks as well, and forgets what has ended. From
   * JDK 25 on it also has delayed tasks; when they are due it does not tell.
   */
  record OfForkJoin(ForkJoinPool pool) implements ExecutorGauge {
    private static final @Nullable Method DELAYED = delayedTaskCount();

    private static @Nullable Method delayedTaskCount() {
      try {
        return ForkJoinPool.class.getMethod("getDelayedTaskCount");
      } catch (NoSuchMethodException older) {
        return null;
      }
    }

    private long delayed() {
      try {
        return DELAYED == null ? 0 : ((Number) DELAYED.invoke(pool)).longValue();
      } catch (ReflectiveOperationException e) {
        return 0; // A subclass that throws: what it delays is not known.
      }
    }

    @Override
    public long finished() {
      return 0;
    }

    @Override
    public boolean countsFinished() {
      return false;
    }

    @Override
    public long running(boolean busy) {
      if (busy) {
        return Math.max(1, pool.getActiveThreadCount());
      }
      // After a shutdown idle threads look active while they are woken to end.
      return pool.isShutdown() || pool.isQuiescent() ? 0 : pool.getActiveThreadCount();
    }

    @Override
    public long queued() {
      return ready() + delayed();
    }

    private long ready() {
      return pool.getQueuedTaskCount() + pool.getQueuedSubmissionCount();
    }

    /** What is delayed, and all that is left, never starts: it may be due in a year. */
    @Override
    public boolean isInVain(long nanos) {
      return delayed() > 0 && ready() == 0 && pool.isQuiescent();
    }

    @Override
    public boolean handsBackQueue() {
      return false;
    }
  }

  /** An executor that tells nothing: a thread for each task, a wrapper. */
  record Silent() implements ExecutorGauge {
    @Override
    public long finished() {
      return 0;
    }

    @Override
    public boolean countsFinished() {
      return false;
    }

    @Override
    public long running(boolean busy) {
      return busy ? 1 : 0;
    }

    @Override
    public long queued() {
      return 0;
    }
  }
}
