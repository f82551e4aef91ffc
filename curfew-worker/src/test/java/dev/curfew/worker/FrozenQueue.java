// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.queue.Settled;
import dev.curfew.worker.queue.Settlement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A queue that can't be reached while it is frozen, or whose beats hang. */
final class FrozenQueue implements JobQueue {
  private final JobQueue queue;
  private final AtomicInteger refused = new AtomicInteger();
  private volatile CountDownLatch beats = new CountDownLatch(0);
  private volatile boolean frozen;
  private volatile boolean shattered;
  private volatile boolean left;
  private volatile boolean quiet;
  private volatile @Nullable Class<? extends JobOutcome> refusedOutcome;

  /** What calls of consumers throw, by their names. */
  private final Map<String, RuntimeException> broken = new ConcurrentHashMap<>();

  FrozenQueue(JobQueue queue) {
    this.queue = queue;
  }

  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
  }

  void shatter() {
    shattered = true;
  }

  /** Beats return once they are released. */
  void holdBeats() {
    beats = new CountDownLatch(1);
  }

  void releaseBeats() {
    beats.countDown();
  }

  int refused() {
    return refused.get();
  }

  /** From now on this call of a consumer throws this. */
  void breakIn(String call, RuntimeException failure) {
    broken.put(call, failure);
  }

  /** Outcomes like this are not stored, now or ever. */
  void refuse(Class<? extends JobOutcome> outcome) {
    refusedOutcome = outcome;
  }

  /** Whether a consumer was told to take no more, after its worker had been. */
  boolean isQuiet() {
    return quiet;
  }

  /** Whether a consumer was closed: what it had claimed went back. */
  boolean isLeft() {
    return left;
  }

  private void check(String call) {
    check();
    checkBroken(call);
  }

  private void checkBroken(String call) {
    RuntimeException failure = broken.get(call);
    if (failure != null) {
      throw failure;
    }
  }

  private void check() {
    if (shattered) {
      throw new QueueException("no such table", false, null);
    }
    if (frozen) {
      refused.incrementAndGet();
      throw new QueueException("frozen", true, null);
    }
  }

  @Override
  public List<Put> putAll(List<NewJob> jobs) throws InterruptedException {
    check();
    return queue.putAll(jobs);
  }

  @Override
  public JobConsumer consume(String name, Duration lease) throws InterruptedException {
    check();
    JobConsumer consumer = queue.consume(name, lease);
    return new JobConsumer() {
      @Override
      public List<Claim> claim(int most, Duration wait) throws InterruptedException {
        check("claim");
        return consumer.claim(most, wait);
      }

      @Override
      public List<Settled> settle(List<Settlement> settlements) throws InterruptedException {
        check("settle");
        Class<? extends JobOutcome> never = refusedOutcome;
        if (never != null && settlements.stream().anyMatch(s -> never.isInstance(s.outcome()))) {
          throw new QueueException("can't store this", false, null);
        }
        return consumer.settle(settlements);
      }

      @Override
      public boolean beat() throws InterruptedException {
        check("beat");
        beats.await();
        return consumer.beat();
      }

      @Override
      public void quiet() {
        checkBroken("quiet");
        consumer.quiet();
        quiet = true;
      }

      @Override
      public void close() {
        left = true;
        if (frozen) {
          check();
        }
        consumer.close();
      }

      @Override
      public Duration lease() {
        return consumer.lease();
      }
    };
  }

  @Override
  public QueueStats stats() {
    return queue.stats();
  }

  @Override
  public List<JobView> list(JobState state, int most) {
    return queue.list(state, most);
  }

  @Override
  public Optional<JobView> find(UUID id) {
    return queue.find(id);
  }

  @Override
  public List<UUID> requeue(Collection<UUID> ids) {
    return queue.requeue(ids);
  }

  @Override
  public List<UUID> drop(Collection<UUID> ids) {
    return queue.drop(ids);
  }

  @Override
  public void close() {
    queue.close();
  }
}
