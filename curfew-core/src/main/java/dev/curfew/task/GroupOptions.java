// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Closer;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
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
   * Tasks of the group, and of the groups inside it, get this context of the thread that forks
   * them, besides what the groups around it carry.
   *
   * @param carriers what is carried; see {@link Carrier#found()} for those that are installed
   * @return options with these, too
   */
  GroupOptions<E> carry(Carrier... carriers);

  /**
   * At most so many forks of the group run their bodies at once. {@code fork} never blocks: each
   * fork waits for its turn on a thread of its own, about in the order of forking, and shows as
   * {@code QUEUED} in a roll call; a cancel ends the wait at once, and the body never starts. A
   * task that waits for another one of its group ({@link Task#join()}, {@link Task#await()}) lends
   * its turn meanwhile, so a task may fork into its own group and wait. Background tasks, adopted
   * futures, inner groups and groups opened inside a task need no turn.
   *
   * <p>Because {@code fork} never blocks, it does not slow down whoever forks: for work without
   * end, or on {@linkplain #platformThreads() platform threads}, of which each queued fork has one,
   * use {@link #mapUnordered}, which takes an item only when there is room.
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

  /**
   * Maps each item in a task of its own and returns the results in the order of the items. At most
   * 16 tasks run at once, or as many as {@link #bounded} says; the next item is taken, by the
   * calling thread, when one has ended. The first failure, of the mapping or of the iterator,
   * cancels the rest.
   *
   * @param items taken one by one; must come to an end
   * @param mapping runs in the tasks
   * @param <A> what an item is
   * @param <R> what it is mapped to
   * @return the results, unmodifiable
   * @throws IllegalStateException if the group is {@linkplain #isolated() isolated}: an item that
   *     failed would have no result
   * @throws E if the group's own deadline passed
   * @throws ExecutionException if the mapping of an item failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  <A extends @Nullable Object, R extends @Nullable Object> List<R> map(
      Iterable<? extends A> items, Mapping<? super A, ? extends R> mapping)
      throws E, ExecutionException, InterruptedException;

  /**
   * Maps each item in a task of its own and hands the results over as they come. At most 16 items,
   * or as many as {@link #bounded} says, are out at once: in a task, or mapped and not handed over.
   * Only when there is room the next one is taken, so the items may be lazy, or without end, and a
   * slow sink slows everything down. The first failure, of the mapping, the iterator or the sink,
   * cancels the rest; in an {@linkplain #isolated() isolated} group an item whose mapping fails is
   * reported and left out.
   *
   * <p>The calling thread takes the items and calls the sink, nobody else: while the iterator
   * blocks, results wait. A cancel interrupts either.
   *
   * @param items taken one by one
   * @param mapping runs in the tasks
   * @param sink takes each result, on the calling thread
   * @param <A> what an item is
   * @param <R> what it is mapped to
   * @param <X> the sink's own checked exception
   * @throws X if the sink did
   * @throws E if the group's own deadline passed
   * @throws ExecutionException if the mapping of an item failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable> void mapUnordered(
      Iterable<? extends A> items, Mapping<? super A, ? extends R> mapping, Sink<? super R, X> sink)
      throws X, E, ExecutionException, InterruptedException;

  /**
   * What is done with each item.
   *
   * @param <A> what an item is
   * @param <R> what it is mapped to
   */
  @FunctionalInterface
  interface Mapping<A extends @Nullable Object, R extends @Nullable Object> {
    /**
     * Runs in a task, beside others.
     *
     * @param item one item
     * @return its result
     * @throws Exception if it failed, or was cancelled
     */
    R apply(A item) throws Exception;
  }

  /**
   * Takes results.
   *
   * @param <R> what a result is
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  interface Sink<R extends @Nullable Object, X extends Throwable> {
    /**
     * Runs on the thread that called.
     *
     * @param result one result
     * @throws X its own checked exception
     * @throws InterruptedException if it let one out
     */
    void accept(R result) throws X, InterruptedException;
  }
}
