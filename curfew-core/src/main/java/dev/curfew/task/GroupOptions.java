// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Closer;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How a group behaves. Immutable: each method returns new options. Made by {@link
 * TaskGroup#named(String)}.
 *
 * @param <E> {@link TimeoutException} once a deadline is set, so that it is handled exactly there
 */
public interface GroupOptions<E extends Exception> {
  /**
   * Cancels the group once this much time has passed since it was opened, unless all its forks are
   * home. The effective deadline is the earliest of this and those of the outer groups.
   *
   * @throws IllegalArgumentException if the duration is zero or negative
   * @param atMost how long, from the opening
   * @return options with this deadline
   */
  GroupOptions<TimeoutException> deadline(Duration atMost);

  /**
   * Cancels the group at this moment, unless all its forks are home.
   *
   * @param deadline the moment; of several the earliest holds
   * @return options with this deadline
   */
  GroupOptions<TimeoutException> deadline(Deadline deadline);

  /**
   * A failing task is recorded and reported; the others, and the group, go on.
   *
   * @return options with this set
   */
  GroupOptions<E> isolated();

  /**
   * Tasks run on platform threads instead of virtual ones.
   *
   * @return options with this set
   */
  GroupOptions<E> platformThreads();

  /**
   * Tasks are never interrupted: a cancel is seen through {@link StopSignal}, {@link
   * Cancellation#check()} and {@link Cancellation#onCancel(Action)} only. For libraries that break
   * when they are interrupted.
   *
   * @return options with this set
   */
  GroupOptions<E> signalOnly();

  /**
   * At most so many forks of the group run their bodies at once. {@code fork} never blocks: each
   * fork waits for its turn on a thread of its own, about in the order of forking, and shows as
   * {@code QUEUED} in a roll call; a cancel ends the wait at once, and the body never starts. A
   * task that waits for another one of its group ({@link Task#join()}, {@link Task#await()}) lends
   * its turn meanwhile, so a task may fork into its own group and wait. Background tasks, inner
   * groups and groups opened inside a task need no turn.
   *
   * <p>Because {@code fork} never blocks, it does not slow down whoever forks: for work without
   * end, or on {@linkplain #platformThreads() platform threads}, of which each queued fork has one,
   * have a source that is asked only when there is room.
   *
   * @param most how many, at least 1
   * @return options with this set
   * @throws IllegalArgumentException if the number is less than 1
   */
  GroupOptions<E> bounded(int most);

  /**
   * Opens a group with these options; see {@link TaskGroup#call(String, TaskGroup.Body)}.
   *
   * @param body runs on the calling thread
   * @param <T> what the body returns
   * @param <X> the body's own checked exception
   * @return what the body returned
   * @throws X if the body did
   * @throws E if the group's own deadline passed
   * @throws ExecutionException if a fork failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  <T extends @Nullable Object, X extends Throwable> T call(TaskGroup.Body<T, X> body)
      throws X, E, ExecutionException, InterruptedException;

  /**
   * Opens a group with these options; see {@link TaskGroup#run(String, TaskGroup.VoidBody)}.
   *
   * @param body runs on the calling thread
   * @param <X> the body's own checked exception
   * @throws X if the body did
   * @throws E if the group's own deadline passed
   * @throws ExecutionException if a fork failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  <X extends Throwable> void run(TaskGroup.VoidBody<X> body)
      throws X, E, ExecutionException, InterruptedException;

  /**
   * Runs all candidates, each in a task of its own, and returns the result of the first that
   * succeeds. The others are cancelled then and awaited, so this returns when the last of them has
   * ended, 10 s after the cancel at the latest. A candidate that fails cancels nobody; if another
   * one wins, its failure is counted and not told. What fails later, after the cancel, is a finding
   * in the report, and so is a result that comes too late to win and is {@link AutoCloseable}:
   * nobody could close it. See {@link #race(Collection, Closer)}.
   *
   * <p>In a {@linkplain #bounded bounded} group the later candidates begin when earlier ones have
   * failed.
   *
   * @param candidates at least one
   * @param <T> what they return, null for one
   * @return what the first of them returned that returned at all
   * @throws IllegalArgumentException if there is no candidate
   * @throws E if the group's own deadline passed before one succeeded
   * @throws ExecutionException if all failed: the first failure is the cause, the others are
   *     suppressed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  <T extends @Nullable Object> T race(Collection<? extends Callable<? extends T>> candidates)
      throws E, ExecutionException, InterruptedException;

  /**
   * The same for candidates that open something: each result that its caller is not given is
   * closed, that of the winner too if this method throws. A late one is closed in the task of its
   * candidate, under a {@link Shield} of 10 s, and awaited; null is not closed.
   *
   * @param candidates at least one
   * @param unwanted closes a result
   * @param <T> what they return
   * @return what the first of them returned that returned at all
   * @throws IllegalArgumentException if there is no candidate
   * @throws E if the group's own deadline passed before one succeeded
   * @throws ExecutionException if all failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  <T extends @Nullable Object> T race(
      Collection<? extends Callable<? extends T>> candidates, Closer<? super T> unwanted)
      throws E, ExecutionException, InterruptedException;
}
