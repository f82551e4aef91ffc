// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import java.time.Duration;
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
   */
  GroupOptions<TimeoutException> deadline(Duration atMost);

  /** Cancels the group at this moment, unless all its forks are home. */
  GroupOptions<TimeoutException> deadline(Deadline deadline);

  /** A failing task is recorded and reported; the others, and the group, go on. */
  GroupOptions<E> isolated();

  /** Tasks run on platform threads instead of virtual ones. */
  GroupOptions<E> platformThreads();

  /**
   * Tasks are never interrupted: a cancel is seen through {@link StopSignal}, {@link
   * Cancellation#check()} and {@link Cancellation#onCancel(Action)} only. For libraries that break
   * when they are interrupted.
   */
  GroupOptions<E> signalOnly();

  /** Opens a group with these options; see {@link TaskGroup#call(String, TaskGroup.Body)}. */
  <T extends @Nullable Object, X extends Throwable> T call(TaskGroup.Body<T, X> body)
      throws X, E, ExecutionException, InterruptedException;

  /** Opens a group with these options; see {@link TaskGroup#run(String, TaskGroup.VoidBody)}. */
  <X extends Throwable> void run(TaskGroup.VoidBody<X> body)
      throws X, E, ExecutionException, InterruptedException;
}
