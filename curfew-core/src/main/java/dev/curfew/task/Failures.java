// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What leaves a task or a block, and how it is told apart and put together. */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
final class Failures {
  /** Deeper chains of causes are cyclic or not worth a look. */
  private static final int DEEPEST_CAUSE = 32;

  /** So many are suppressed in one exception; with each the search for doubles gets longer. */
  private static final int MOST_SUPPRESSED = 100;

  private Failures() {}

  /** A group takes nothing more. After a cancel, to meet it is an answer to the cancel. */
  static final class Rejected extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    final boolean byCancel;

    Rejected(String message, boolean byCancel) {
      super(message);
      this.byCancel = byCancel;
    }
  }

  /** A task failed; thrown by joins. */
  static final class TaskFailed extends ExecutionException {
    private static final long serialVersionUID = 1;

    TaskFailed(String path, Throwable cause) {
      super(
          "Task "
              + path
              + " failed: "
              + (isForeignInterrupt(cause) ? "a foreign interrupt, not a cancel of Curfew's: " : "")
              + describe(cause),
          cause);
    }
  }

  /** A resource could not be closed, or was left. Thrown when nothing else is. */
  static final class CloseFailed extends ExecutionException {
    private static final long serialVersionUID = 1;

    CloseFailed(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** An intake was waited for in vain. Whoever waited says so. */
  static final class StillInFlight extends TimeoutException {
    private static final long serialVersionUID = 1;

    StillInFlight(long inFlight) {
      super(inFlight + " were in flight at the end");
    }
  }

  /** Names what was given up; a suppressed exception of whatever its block throws. */
  static final class Abandoned extends Exception {
    private static final long serialVersionUID = 1;

    Abandoned(String path, String what, List<StackTraceElement> now) {
      super(path + " " + what, null, false, true);
      setStackTrace(now.toArray(StackTraceElement[]::new));
    }

    /** The stack is that of the task, not of the caller. */
    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /**
   * Whether an interruption is among the causes. Only together with the state of the task does it
   * say that the task answered to our cancel.
   */
  static boolean isInterruption(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
      // Not SocketTimeoutException: an InterruptedIOException that has nothing to do with one.
      if (cause instanceof InterruptedException
          || cause instanceof CancellationException
          || cause instanceof ClosedByInterruptException
          || cause instanceof FileLockInterruptionException
          || (cause instanceof Rejected rejected && rejected.byCancel)
          || isInterruptedSocket(cause)
          || (cause instanceof InterruptedIOException
              && !(cause instanceof java.net.SocketTimeoutException))) {
        return true;
      }
      cause = causeOf(cause);
    }
    return false;
  }

  /** For what a task failed with that was not cancelled: whether somebody else interrupted it. */
  private static boolean isForeignInterrupt(Throwable failure) {
    return failure instanceof InterruptedException
        || failure instanceof ClosedByInterruptException
        || isInterruptedSocket(failure);
  }

  /**
   * What an interrupt makes of a call of {@code java.net.Socket} and its kin on a virtual thread.
   * The JDK has no type for it; a subclass is somebody else's, whose message is not asked for.
   */
  private static boolean isInterruptedSocket(Throwable failure) {
    return failure.getClass() == SocketException.class
        && "Closed by interrupt".equals(failure.getMessage());
  }

  /** Foreign code, which may throw itself: then the end of the chain. */
  static @Nullable Throwable causeOf(Throwable thrown) {
    try {
      return thrown.getCause();
    } catch (Throwable t) {
      // Throwable: a failure that can't be looked at is a failure all the same.
      return null;
    }
  }

  /** In one line. Foreign code, which may throw itself: then its class. */
  static String describe(Throwable thrown) {
    try {
      return thrown.toString();
    } catch (Throwable t) {
      // Throwable: a failure that can't be described is a failure all the same.
      return thrown.getClass().getName() + ", whose toString() threw " + t.getClass().getName();
    }
  }

  /** Adds it, unless it is the same or already there. */
  static void suppress(Throwable thrown, Throwable other) {
    if (thrown == other || causeOf(thrown) == other) {
      return;
    }
    Throwable[] all = thrown.getSuppressed();
    if (all.length >= MOST_SUPPRESSED) {
      return; // The account has the exact number; nobody reads more.
    }
    for (Throwable known : all) {
      if (known == other) {
        return;
      }
    }
    thrown.addSuppressed(other);
  }
}
