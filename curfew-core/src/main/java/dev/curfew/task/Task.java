// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A named unit of work on a thread of its own, owned by one group. Its group waits for it (a fork)
 * or asks it to stop (a background task); losing this handle loses neither the task nor its
 * outcome.
 *
 * <p>All methods may be called from any thread. What the body did happens before a call that sees
 * its outcome.
 *
 * @param <T> what the body returns
 */
public interface Task<T extends @Nullable Object> {
  /**
   * Where it stands in the tree, such as {@code /crawler/fetch/job#17}.
   *
   * @return names, from the root on, a slash before each
   */
  String path();

  /**
   * The result, after its group's {@link TaskGroup#join()} or its own {@link #join()}. Never waits.
   *
   * @return what the body returned
   * @throws IllegalStateException if it has not ended, failed, or was cancelled or abandoned; the
   *     failure is the cause
   */
  T get();

  /**
   * How it ended. Never waits.
   *
   * @return one of four ways
   * @throws IllegalStateException if it has not ended
   */
  Outcome<T> outcome();

  /**
   * Waits for its result.
   *
   * @return what the body returned
   * @throws ExecutionException if it failed; the failure is the cause
   * @throws java.util.concurrent.CancellationException if it was cancelled or abandoned
   * @throws InterruptedException if the waiting thread is interrupted or cancelled
   */
  T join() throws ExecutionException, InterruptedException;

  /**
   * Waits until it has ended, whichever way.
   *
   * @return how it ended
   * @throws InterruptedException if the waiting thread is interrupted or cancelled
   */
  Outcome<T> await() throws InterruptedException;

  /** {@return whether it has ended or was abandoned} */
  boolean isDone();

  /**
   * Cancels this task and all that is inside it; the first reason is kept. Returns at once.
   *
   * @param why one sentence for the report
   */
  void cancel(String why);

  /**
   * Why it was cancelled, if it, its group or an outer group was.
   *
   * @return the first reason
   */
  Optional<CancelReason> cancelReason();

  /**
   * This task as a future, for libraries that want one. Each call makes a new one. It completes
   * once the task has ended, with its result, its failure, or {@link
   * java.util.concurrent.CancellationException} if it was cancelled or abandoned. The group still
   * waits for the task, and still fails with it.
   *
   * <p>Cancelling this future, either way, cancels the task; the future then completes when the
   * task has ended, with what it ended with, which may still be a result. Cancelling one that was
   * derived from it does not. What depends on it runs on a thread that belongs to no group: fork
   * what has to be waited for.
   *
   * @return a future of the outcome
   */
  CompletableFuture<T> asFuture();
}
