// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a task ended.
 *
 * @param <T> what its body returns
 */
public sealed interface Outcome<T extends @Nullable Object> {
  /**
   * It returned; also after a cancel.
   *
   * @param value what it returned
   * @param <T> the value's type
   */
  record Completed<T extends @Nullable Object>(T value) implements Outcome<T> {}

  /**
   * It ended with an exception that was not the answer to our cancel.
   *
   * @param failure the exception
   * @param afterCancel the reason of the cancel that had come before, if one had
   * @param <T> what its body returns
   */
  record Failed<T extends @Nullable Object>(Throwable failure, @Nullable CancelReason afterCancel)
      implements Outcome<T> {}

  /**
   * It was cancelled and ended.
   *
   * @param reason why it was cancelled
   * @param late what left its body, an interruption as a rule; null if the body never began
   * @param <T> what its body returns
   */
  record Cancelled<T extends @Nullable Object>(CancelReason reason, @Nullable Throwable late)
      implements Outcome<T> {}

  /**
   * It was cancelled, did not end, and is waited for no more.
   *
   * @param reason why it was cancelled
   * @param lastSeen its stack when it was given up, innermost frame first
   * @param <T> what its body returns
   */
  record Abandoned<T extends @Nullable Object>(
      CancelReason reason, List<StackTraceElement> lastSeen) implements Outcome<T> {
    /** Copies the stack. */
    public Abandoned {
      lastSeen = List.copyOf(lastSeen);
    }
  }
}
