// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A queue of jobs that are delivered at least once. A job is in it from the return of {@link #put}
 * until a worker has {@linkplain JobOutcome.Done done} it, or somebody drops it.
 *
 * <p>Life cycle: opened by whoever implements it, given to a group with {@code own}, closed after
 * the workers that read it. Jobs stay in a durable queue when it is closed.
 *
 * <p>Waits are short and end at an interrupt. All methods may be called from any thread, and throw
 * {@link QueueException} when the queue can't be reached, is full, or is closed; nothing was put
 * then, except where the message says that it is not known.
 */
public interface JobQueue extends AutoCloseable {
  /**
   * Puts a job. Once this returns, a durable queue has it even if the machine loses power.
   *
   * @param job what to do, and when
   * @return its id, and whether it was added or was there already by its unique key or id
   * @throws InterruptedException if the thread was interrupted before it was put
   * @throws QueueException if it could not be put
   */
  default Put put(NewJob job) throws InterruptedException {
    return putAll(List.of(job)).getFirst();
  }

  /**
   * Puts all of these jobs or none of them.
   *
   * @param jobs what to do, and when
   * @return for each of them what {@link #put} returns, in their order
   * @throws InterruptedException if the thread was interrupted before they were put
   * @throws QueueException if they could not be put
   */
  List<Put> putAll(List<NewJob> jobs) throws InterruptedException;

  /**
   * Begins to take jobs. For workers: see {@code Worker}.
   *
   * @param name who takes them, for people to read
   * @param lease how long after the last {@link JobConsumer#beat()} its jobs are given to others
   * @return what takes jobs, and answers for them until it is closed
   * @throws InterruptedException if the thread was interrupted
   * @throws QueueException if the queue can't be reached
   * @throws IllegalArgumentException if the lease is less than 1 s
   */
  JobConsumer consume(String name, Duration lease) throws InterruptedException;

  /** {@return how many jobs there are, by state} */
  QueueStats stats();

  /**
   * Jobs in this state, those that are due first, first.
   *
   * @param state which
   * @param most how many at most
   * @return the jobs
   */
  List<JobView> list(JobState state, int most);

  /**
   * A job by its id.
   *
   * @param id the job's
   * @return the job, if the queue has it
   */
  Optional<JobView> find(UUID id);

  /**
   * Makes jobs due now, with no attempt counted: dead ones, and those that wait. A job that runs,
   * or one whose unique key another job has taken meanwhile, is left as it is.
   *
   * @param ids which
   * @return those that are due now
   */
  List<UUID> requeue(Collection<UUID> ids);

  /**
   * Removes jobs, whatever their state except running.
   *
   * @param ids which
   * @return those that were removed
   */
  List<UUID> drop(Collection<UUID> ids);

  /** Lets go of whatever it holds open. Jobs stay in a durable queue. */
  @Override
  void close();
}
