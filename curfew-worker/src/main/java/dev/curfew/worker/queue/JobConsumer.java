// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.time.Duration;
import java.util.List;

/**
 * One worker at a queue: takes jobs and answers for them, under a lease that it renews. For {@code
 * Worker}, and for who writes a queue.
 *
 * <p>When the lease has passed without a {@link #beat()}, whoever looks next gives its jobs to
 * others. What it settles after that is not applied, because each claim has a token of its own.
 *
 * <p>All methods may be called from any thread; {@link #claim} by one at a time, {@link #settle} by
 * one at a time, {@link #beat()} by one at a time, and all three side by side.
 */
public interface JobConsumer extends AutoCloseable {
  /**
   * Takes jobs that are due: highest priority first, then those due longest. The attempt is counted
   * now, so that a job which ends its process counts too; giving back undoes that.
   *
   * @param most how many at most, at least 1
   * @param wait how long to wait for the first
   * @return at least one job, or none when the time has passed or the consumer is quiet
   * @throws InterruptedException if the thread was interrupted; no job was taken then
   * @throws QueueException if the queue can't be reached; jobs that were taken all the same are
   *     released by {@link #close()}, or after the lease
   */
  List<Claim> claim(int most, Duration wait) throws InterruptedException;

  /**
   * Says how jobs have ended; all that are applied, at once. May be called again with the same:
   * what was applied before is {@link Settled#APPLIED} again or {@link Settled#STALE}, and never
   * applied twice.
   *
   * @param settlements how each has ended
   * @return for each of them, in their order, what became of it
   * @throws InterruptedException if the thread was interrupted; it is not known what was applied
   * @throws QueueException if the queue can't be reached; it is not known what was applied
   */
  List<Settled> settle(List<Settlement> settlements) throws InterruptedException;

  /**
   * Renews the lease, and takes back the jobs of workers whose lease has passed.
   *
   * @return whether it had the lease; if not, all that it had claimed belongs to others now, and it
   *     has a new lease for what it claims from now on
   * @throws InterruptedException if the thread was interrupted
   * @throws QueueException if the queue can't be reached; the lease goes on running out
   */
  boolean beat() throws InterruptedException;

  /** Takes no more: a {@link #claim} that waits returns at once, and later ones return nothing. */
  void quiet();

  /**
   * Gives back all that it has claimed and not settled, without spending an attempt, and ends its
   * lease. Closing again does nothing.
   *
   * @throws QueueException if the queue can't be reached; its jobs are given to others after the
   *     lease
   */
  @Override
  void close();

  /**
   * How long its lease is.
   *
   * @return as given to {@link JobQueue#consume}
   */
  Duration lease();
}
