// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A queue could not do what it was asked to: its message says what, why, and what to do. */
public class QueueException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /** Whether the same may work a little later. */
  private final boolean passing;

  /**
   * A failure.
   *
   * @param message what failed, why, what to do
   * @param passing whether the same may work a little later: a lost connection, a full queue
   * @param cause what the store said, if it said something
   */
  public QueueException(String message, boolean passing, @Nullable Throwable cause) {
    super(message, cause);
    this.passing = passing;
  }

  /** {@return whether the same may work a little later} */
  public boolean isPassing() {
    return passing;
  }
}
