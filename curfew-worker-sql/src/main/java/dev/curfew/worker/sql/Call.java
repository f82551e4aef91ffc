// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work for a database, done by a thread of ours while the caller waits for it.
 *
 * <p>The caller's thread touches no connection: an interrupt would close the socket of a virtual
 * thread in the middle of a statement, and a caller could not leave one that hangs.
 */
final class Call<C, T> {
  /** How long what has begun may still take after an interrupt. */
  static final long MOMENT = TimeUnit.SECONDS.toNanos(1);

  private enum State {
    /** Nobody has begun it; it can be withdrawn. */
    NEW,
    /** A thread does it. */
    RUNNING,
    /** It has a result or a failure. */
    ENDED,
    /** Its caller has left before it began; it won't. */
    WITHDRAWN,
    /** Its caller has left while it ran; what becomes of it is not known. */
    ABANDONED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Until when it is awaited, by {@link System#nanoTime}. */
  private final long end;

  /** What it does. */
  private final Work<C, T> work;

  private final Flush flush;

  /** What the work has returned. For the thread that does it. */
  private @Nullable Result<T> pending;

  /** Written by the thread that does it before {@link #ended}, read by the caller after. */
  private @Nullable Result<T> result;

  /** Written by the thread that does it, run by a caller that leaves. */
  private volatile @Nullable Runnable breaker;

  Call(Work<C, T> work, Flush flush, long end) {
    this.work = work;
    this.flush = flush;
    this.end = end;
  }

  /** What is done with a connection, or with what stands for one. */
  @FunctionalInterface
  interface Work<C, T> {
    T run(C connection) throws SQLException;
  }

  /** How a call has ended. */
  private record Result<T>(@Nullable T value, @Nullable Exception failure) {}

  long end() {
    return end;
  }

  Flush flush() {
    return flush;
  }

  /** Does the work, and keeps what it has returned until {@link #succeed}. */
  void run(C connection) throws SQLException {
    pending = new Result<>(work.run(connection), null);
  }

  /** Whether the caller still waits for it and the work may begin. */
  boolean begin() {
    return state.compareAndSet(State.NEW, State.RUNNING);
  }

  /** Whether it has ended or nobody waits for it. */
  boolean isOver() {
    State now = state.get();
    return now != State.NEW && now != State.RUNNING;
  }

  /** Sets what ends the work from outside, if its caller leaves. */
  void breakWith(@Nullable Runnable newBreaker) {
    breaker = newBreaker;
  }

  /** What was run is done for good. */
  void succeed() {
    Result<T> value = pending;
    if (value == null) {
      throw new IllegalStateException("a call has ended that was not run");
    }
    end(value);
  }

  void fail(Exception failure) {
    end(new Result<>(null, failure));
  }

  /** The first way to end is the one that counts. */
  private void end(Result<T> how) {
    if (state.compareAndSet(State.RUNNING, State.ENDED)
        || state.compareAndSet(State.NEW, State.ENDED)) {
      result = how;
      ended.countDown();
    }
  }

  /**
   * Waits for it.
   *
   * @throws InterruptedException if an interrupt has ended the wait: before it began, or so long
   *     after that it is not known what became of it
   * @throws SQLException as the work has failed; a {@link LeftException} if the time has passed
   */
  @SuppressWarnings("NullAway") // A result without a failure has the value, null only if T says so.
  T await(Interrupts interrupts) throws InterruptedException, SQLException {
    boolean interrupted = false;
    boolean thrown = false;
    long until = end;
    try {
      while (true) {
        try {
          if (ended.await(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            break;
          }
          if (!leave()) {
            until = System.nanoTime() + MOMENT;
            continue; // It ended at the last moment, and says so at once.
          }
          if (interrupted && interrupts == Interrupts.END) {
            thrown = true;
            throw new InterruptedException(
                "interrupted while the database worked: it is not known what it has done");
          }
          throw new LeftException(state.get() == State.WITHDRAWN, interrupted);
        } catch (InterruptedException e) {
          if (thrown) {
            throw e;
          }
          if (interrupts == Interrupts.END && state.compareAndSet(State.NEW, State.WITHDRAWN)) {
            thrown = true;
            throw e;
          }
          if (interrupts != Interrupts.IGNORE && !interrupted) {
            until = Math.min(until - System.nanoTime(), MOMENT) + System.nanoTime();
          }
          interrupted = true;
        }
      }
    } finally {
      if (interrupted && !thrown) {
        Thread.currentThread().interrupt();
      }
    }
    Result<T> how = result;
    if (how == null) {
      throw new IllegalStateException("a call has ended without a result");
    }
    Exception failure = how.failure();
    if (failure instanceof SQLException sql) {
      throw sql;
    }
    if (failure instanceof RuntimeException bug) {
      throw bug;
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
    return how.value();
  }

  /** Leaves it, unless it has ended. */
  private boolean leave() {
    if (state.compareAndSet(State.NEW, State.WITHDRAWN)) {
      return true;
    }
    if (!state.compareAndSet(State.RUNNING, State.ABANDONED)) {
      return false;
    }
    Runnable broken = breaker;
    if (broken != null) {
      broken.run();
    }
    return true;
  }

  /** The caller has left: its time has passed, or an interrupt has shortened it. */
  static final class LeftException extends SQLTransientException {
    @java.io.Serial private static final long serialVersionUID = 1;

    /** Whether the work had not begun, so that nothing was done. */
    private final boolean nothingDone;

    LeftException(boolean nothingDone, boolean interrupted) {
      super(
          (interrupted ? "interrupted while it waited" : "no answer in time")
              + (nothingDone ? "" : "; it is not known what was done"));
      this.nothingDone = nothingDone;
    }

    boolean nothingDone() {
      return nothingDone;
    }
  }
}
