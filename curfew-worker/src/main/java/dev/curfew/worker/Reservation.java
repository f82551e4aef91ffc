// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request, and an estimate of tokens, taken from a {@link Budget}. Settle it when the call was
 * made; closing it unsettled says that the call was not made, and gives all of it back.
 */
public final class Reservation implements AutoCloseable {
  private final Budget budget;
  private final long estimate;
  private final AtomicBoolean over = new AtomicBoolean();

  Reservation(Budget budget, long estimate) {
    this.budget = budget;
    this.estimate = estimate;
  }

  /**
   * The call was made: the request is spent. What was estimated too high is free at once; what was
   * estimated too low is owed, and those who come next wait for it.
   *
   * @param actual tokens that were used; the estimate, if that is not known
   * @throws IllegalArgumentException if it is negative
   * @throws IllegalStateException if it was settled or closed before
   */
  public void settle(long actual) {
    if (actual < 0) {
      throw new IllegalArgumentException(
          budget + ": " + actual + " tokens used; give zero or more");
    }
    if (!over.compareAndSet(false, true)) {
      throw new IllegalStateException(budget + ": a reservation is settled once, before its close");
    }
    budget.settle(estimate, actual);
  }

  /** {@return how many tokens were reserved} */
  public long estimate() {
    return estimate;
  }

  /** Gives all of it back, unless it was settled. */
  @Override
  public void close() {
    if (over.compareAndSet(false, true)) {
      budget.refund(estimate);
    }
  }
}
