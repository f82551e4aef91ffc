// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.worker.queue.JobQueue;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Worker} works; made by {@link Worker#of}. Immutable: each method returns another.
 */
public final class WorkerOptions {
  private static final int MOST_AT_ONCE = 10_000;
  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

  private final JobQueue queue;
  private final int concurrency;
  private final @Nullable Duration jobTimeout;
  private final Retry retry;
  private final @Nullable Budget budget;
  private final Duration lease;
  private final boolean adaptive;
  private final boolean platformThreads;

  private WorkerOptions(
      JobQueue queue,
      int concurrency,
      @Nullable Duration jobTimeout,
      Retry retry,
      @Nullable Budget budget,
      Duration lease,
      boolean adaptive,
      boolean platformThreads) {
    this.queue = queue;
    this.concurrency = concurrency;
    this.jobTimeout = jobTimeout;
    this.retry = retry;
    this.budget = budget;
    this.lease = lease;
    this.adaptive = adaptive;
    this.platformThreads = platformThreads;
  }

  static WorkerOptions of(JobQueue queue) {
    Objects.requireNonNull(queue, "queue was null, expected a JobQueue");
    Duration lease = Duration.ofSeconds(20);
    return new WorkerOptions(queue, 4, null, Retry.atMost(5), null, lease, false, false);
  }

  /**
   * How many jobs it does at once; 4 unless set.
   *
   * @param jobs from 1 to 10,000
   * @return the options
   * @throws IllegalArgumentException if it is out of this range
   */
  public WorkerOptions concurrency(int jobs) {
    if (jobs < 1 || jobs > MOST_AT_ONCE) {
      throw new IllegalArgumentException(
          "Worker: the concurrency is " + jobs + "; give 1 to " + MOST_AT_ONCE);
    }
    return new WorkerOptions(
        queue, jobs, jobTimeout, retry, budget, lease, adaptive, platformThreads);
  }

  /**
   * How long an attempt may take: then it is cancelled, and has failed. No limit unless set.
   *
   * @param atMost a positive duration
   * @return the options
   * @throws IllegalArgumentException if it is not positive
   */
  public WorkerOptions jobTimeout(Duration atMost) {
    if (atMost.isZero() || atMost.isNegative()) {
      throw new IllegalArgumentException(
          "Worker: the job timeout is " + atMost + "; give a positive duration");
    }
    return new WorkerOptions(
        queue, concurrency, atMost, retry, budget, lease, adaptive, platformThreads);
  }

  /**
   * When a failed job is tried again, and when it is dead; five attempts unless set.
   *
   * @param policy what it does with a failure
   * @return the options
   */
  public WorkerOptions retry(Retry policy) {
    Objects.requireNonNull(policy, "retry was null, expected a Retry");
    return new WorkerOptions(
        queue, concurrency, jobTimeout, policy, budget, lease, adaptive, platformThreads);
  }

  /**
   * Takes one request of this budget before each job begins. A job that would have to wait long
   * goes back to its queue meanwhile. For tokens, and for more than one request in a job, reserve
   * in the handler.
   *
   * @param limit shared by whoever calls the same upstream
   * @return the options
   */
  public WorkerOptions budget(Budget limit) {
    Objects.requireNonNull(limit, "budget was null, expected a Budget");
    return new WorkerOptions(
        queue, concurrency, jobTimeout, retry, limit, lease, adaptive, platformThreads);
  }

  /**
   * Within which time others have taken over the jobs of this worker, when it has died; 20 s unless
   * set. It gives a sign of life five times in that. After three quarters without one whoever looks
   * next takes its jobs, and the others look as often as they give theirs.
   *
   * @param time at least 1 s, and longer than any pause of the machine
   * @return the options
   * @throws IllegalArgumentException if it is shorter
   */
  public WorkerOptions lease(Duration time) {
    if (time.compareTo(SHORTEST_LEASE) < 0) {
      throw new IllegalArgumentException("Worker: the lease is " + time + "; give at least 1 s");
    }
    return new WorkerOptions(
        queue, concurrency, jobTimeout, retry, budget, time, adaptive, platformThreads);
  }

  /**
   * Does fewer jobs at once while their upstream throttles: half as many after a job that was
   * {@link Job#throttled throttled}, one more after a while without.
   *
   * @return the options
   */
  public WorkerOptions adaptive() {
    return new WorkerOptions(
        queue, concurrency, jobTimeout, retry, budget, lease, true, platformThreads);
  }

  /**
   * Runs its handler on platform threads, for code that pins virtual ones.
   *
   * @return the options
   */
  public WorkerOptions platformThreads() {
    return new WorkerOptions(queue, concurrency, jobTimeout, retry, budget, lease, adaptive, true);
  }

  /**
   * The worker.
   *
   * @param handler does a job; returning means that it is done
   * @return a worker, to be given to a group as a background task
   */
  public Worker handle(JobHandler handler) {
    Objects.requireNonNull(handler, "handler was null, expected a JobHandler");
    return new Worker(queue, this, handler);
  }

  int concurrencyLimit() {
    return concurrency;
  }

  @Nullable Duration timeout() {
    return jobTimeout;
  }

  Retry policy() {
    return retry;
  }

  @Nullable Budget requestBudget() {
    return budget;
  }

  /** So much shorter that a look by another worker comes before the lease is over. */
  Duration leaseAtQueue() {
    Duration shorter = lease.multipliedBy(3).dividedBy(4);
    return shorter.compareTo(SHORTEST_LEASE) < 0 ? SHORTEST_LEASE : shorter;
  }

  boolean isAdaptive() {
    return adaptive;
  }

  boolean onPlatformThreads() {
    return platformThreads;
  }
}
