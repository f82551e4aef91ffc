// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A task as a future. A thread of its own waits for the task and completes it: what depends on it
 * is foreign code, which may hang, open groups and be no part of the task, so it runs neither on
 * the task's thread, nor on the one that cancels, gives up or ends it. The thread is there only
 * where somebody has asked for the future.
 *
 * @param <T> what the task's body returns
 */
final class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> {
  private final GroupTask<T> task;

  private TaskFuture(GroupTask<T> task) {
    this.task = task;
  }

  static <T extends @Nullable Object> CompletableFuture<T> of(GroupTask<T> task) {
    TaskFuture<T> future = new TaskFuture<>(task);
    if (task.isDone()) {
      future.settle(); // Nothing depends on it yet.
      return future;
    }
    Thread waits = Host.current().virtualThread(future::follow);
    waits.setName("curfew-future " + task.name);
    waits.start();
    return future;
  }

  private void follow() {
    while (!task.isDone()) {
      try {
        task.group.awaitTask(task, Deadline.never());
      } catch (InterruptedException stray) {
        // Nobody knows this thread, and only the end of the task ends its wait.
        Host.step();
      }
    }
    settle();
  }

  private void settle() {
    switch (task.outcome()) {
      case Outcome.Completed<T> completed -> complete(completed.value());
      case Outcome.Failed<T> failed -> completeExceptionally(failed.failure());
      case Outcome.Cancelled<T> cancelled -> {
        CancellationException thrown =
            new CancellationException(
                "Task " + task.path() + " was cancelled: " + cancelled.reason());
        thrown.initCause(cancelled.late());
        completeExceptionally(thrown);
      }
      case Outcome.Abandoned<T> abandoned ->
          completeExceptionally(
              new CancellationException(
                  "Task " + task.path() + " was abandoned: " + abandoned.reason()));
    }
  }

  /**
   * Cancels the task. The future completes when the task has ended, with what it ended with:
   * whoever sees it done finds nothing running any more.
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (isDone()) {
      return isCancelled();
    }
    boolean ended = task.isDone();
    task.cancel("its future was cancelled");
    return !ended;
  }
}
