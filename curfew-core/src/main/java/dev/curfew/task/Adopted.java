// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Frames;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The body of a task that stands for work which runs elsewhere: it waits for a foreign future, and
 * has it end when it is cancelled. So the future has what every task has, an owner, a deadline and
 * a place in the account, and the foreign code that its end sets off runs on this thread: never on
 * a canceller's, never under a lock.
 *
 * <p>Once cancelled it waits on, until the future has ended: whatever it ends with is kept.
 *
 * @param <T> what the future brings
 */
final class Adopted<T extends @Nullable Object> implements Callable<T> {
  /** How long the stop hook has to end the work in its own way. */
  private static final Duration HEAD_START = Duration.ofSeconds(1);

  /** How long giving it to a group that takes nothing may take. */
  private static final Duration LATE_STOP = Duration.ofSeconds(5);

  private record End(@Nullable Object value, @Nullable Throwable failure) {}

  private final CompletionStage<? extends T> stage;
  private final @Nullable Action onCancel;
  private final @Nullable StackTraceElement site = Frames.here();

  /** Who ends the work: its task, or who could not give it to a group. */
  private final AtomicBoolean stopped = new AtomicBoolean();

  /** Written by whatever completes the future, read by the task's thread. */
  private volatile @Nullable End end;

  /** Written by the task's thread before it looks for the end. */
  private volatile @Nullable Thread waiter;

  Adopted(CompletionStage<? extends T> stage, @Nullable Action onCancel) {
    this.stage = Objects.requireNonNull(stage, "stage was null, expected a CompletionStage");
    this.onCancel = onCancel;
  }

  /** Where it was adopted. */
  @Nullable StackTraceElement site() {
    return site;
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // what the future brought, null included
  public T call() throws Exception {
    Strand strand = Strand.current();
    waiter = Thread.currentThread();
    var unused = stage.whenComplete(this::completed);
    boolean interrupted = awaitEnd(strand);
    if (interrupted) {
      stop(strand.path());
    }
    End known = Objects.requireNonNull(end);
    Throwable failure = known.failure;
    if (failure == null) {
      return (T) known.value;
    }
    if (interrupted && failure instanceof CancellationException) {
      throw Signal.interrupted(strand);
    }
    throw Adopted.<Exception>unchecked(failure);
  }

  /** Thrown as it is: whatever leaves a body is its outcome. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <X extends Throwable> X unchecked(Throwable thrown) throws X {
    throw (X) thrown;
  }

  /** Whatever completes the future. */
  private void completed(@Nullable Object value, @Nullable Throwable thrown) {
    Throwable failure =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    end = new End(value, failure);
    Host.step();
    LockSupport.unpark(waiter);
  }

  /** Waits for the future. Returns whether an interrupt, or a cancel, came first. */
  private boolean awaitEnd(Strand strand) {
    while (end == null) {
      if (Thread.interrupted() || strand.reason() != null) {
        return true;
      }
      Host.step();
      Host.current().parkNanos(stage, Long.MAX_VALUE);
    }
    return false;
  }

  // ---- ending it

  /** Ends the work and waits until it has. The task's thread. */
  private void stop(String path) {
    Errand hook = null;
    if (stopped.compareAndSet(false, true)) {
      if (onCancel != null) {
        // On a helper: one that hangs must not keep the future from being cancelled.
        hook = Errand.start("stop " + path, onCancel, Deadline.in(Walk.LIMIT));
        Deadline headStart = Deadline.in(HEAD_START);
        while (end == null && !hook.isOver() && !headStart.hasPassed()) {
          Host.current().parkNanos(stage, headStart.remainingNanos());
          Thread.interrupted(); // We know: it is being ended.
        }
      }
      cancelFuture(path);
    }
    if (hook != null) {
      hook.await(); // It must not hit what comes after the task.
      tell(path, hook);
    }
    while (end == null) {
      Host.step();
      Host.current().parkNanos(stage, Long.MAX_VALUE);
      Thread.interrupted(); // Only its end ends this wait: what ends later is not ours any more.
    }
  }

  private static void tell(String path, Errand hook) {
    Throwable failure = hook.failure();
    if (failure != null) {
      Findings.hookFailed(path, failure);
    } else if (hook.wasLeft()) {
      Findings.hangs(path, "the hook that should stop it did not return", hook.stack());
    }
  }

  private void cancelFuture(String path) {
    try {
      Future<?> future = stage instanceof Future<?> own ? own : stage.toCompletableFuture();
      boolean unused = future.cancel(true);
    } catch (UnsupportedOperationException e) {
      return; // A stage that only its maker can complete: the hook is all there is.
    } catch (Throwable t) {
      // Throwable: foreign code; its failure must not pass for the outcome of the work.
      Findings.note(path, "failed when its future was cancelled", t);
    }
  }

  /** No group has taken it: it is ended before the adopting call throws. The adopting thread. */
  void refused(String path, Throwable rejection) {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    Errand errand =
        Errand.start(
            "stop " + path,
            () -> {
              cancelFuture(path);
              if (onCancel != null) {
                onCancel.run();
              }
            },
            Deadline.in(LATE_STOP));
    errand.await();
    Throwable failure = errand.failure();
    if (failure != null) {
      Failures.suppress(rejection, failure);
    } else if (errand.wasLeft()) {
      Failures.suppress(
          rejection, new Failures.Abandoned(path, "did not stop in time", errand.stack()));
    }
  }
}
