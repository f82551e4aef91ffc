// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

/**
 * What became of the work that was accepted. Once everything has ended, {@code accepted} equals
 * {@code completed + failed + givenBack + cancelled + neverStarted + abandoned}.
 *
 * @param accepted tasks forked and jobs claimed
 * @param completed returned normally, also after a cancel; and background tasks that ended by their
 *     cancel: they were to end
 * @param failed ended with an exception that was not our cancel
 * @param givenBack handed back to a queue
 * @param cancelled ended by our cancel
 * @param neverStarted cancelled before its body began, or its thread could not be started
 * @param abandoned still running when its owner stopped waiting
 * @param rejected refused because the owner was cancelled or closing; not part of the sum
 * @param lost how much of what was cancelled, failed after a cancel or never started was cut off by
 *     a stop: accepted, neither done nor given back. A task that its own program cancelled, after a
 *     time-out for one, is not lost; abandoned work has not ended, and is named apart
 */
public record WorkCount(
    long accepted,
    long completed,
    long failed,
    long givenBack,
    long cancelled,
    long neverStarted,
    long abandoned,
    long rejected,
    long lost) {
  /** No work at all. */
  public static final WorkCount NONE = new WorkCount(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /**
   * Work of which whatever was cancelled or never started is lost.
   *
   * @param accepted tasks forked and jobs claimed
   * @param completed returned normally, also after a cancel
   * @param failed ended with an exception that was not our cancel
   * @param givenBack handed back to a queue
   * @param cancelled ended by our cancel
   * @param neverStarted cancelled before its body began, or its thread could not be started
   * @param abandoned still running when its owner stopped waiting
   * @param rejected refused because the owner was cancelled or closing
   */
  public WorkCount(
      long accepted,
      long completed,
      long failed,
      long givenBack,
      long cancelled,
      long neverStarted,
      long abandoned,
      long rejected) {
    this(
        accepted,
        completed,
        failed,
        givenBack,
        cancelled,
        neverStarted,
        abandoned,
        rejected,
        cancelled + neverStarted);
  }

  /**
   * Adds field by field.
   *
   * @param other the other account
   * @return the sum
   */
  public WorkCount plus(WorkCount other) {
    return new WorkCount(
        accepted + other.accepted,
        completed + other.completed,
        failed + other.failed,
        givenBack + other.givenBack,
        cancelled + other.cancelled,
        neverStarted + other.neverStarted,
        abandoned + other.abandoned,
        rejected + other.rejected,
        lost + other.lost);
  }

  /** {@return the same, with nothing of it cut off by a stop} */
  public WorkCount withoutLoss() {
    return new WorkCount(
        accepted, completed, failed, givenBack, cancelled, neverStarted, abandoned, rejected, 0);
  }

  /** {@return what was accepted and has no end yet: 0 when the account is closed} */
  public long open() {
    return accepted - completed - failed - givenBack - cancelled - neverStarted - abandoned;
  }

  /** {@return whether every piece of accepted work has exactly one end} */
  public boolean addsUp() {
    return open() == 0;
  }
}
