// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import java.time.Duration;

/**
 * Says that a task should come to its end. Set once, never reset. Being asked rejects nothing: work
 * in hand may go on, fork, and use its resources until it is cancelled.
 *
 * <p>All methods may be called from any thread.
 */
public interface StopSignal {
  /**
   * The signal of the task that runs on this thread; on a thread that Curfew does not own, the
   * signal of the process.
   *
   * @return a signal for the calling thread
   */
  static StopSignal current() {
    return Strand.current().stopSignal();
  }

  /**
   * Whether the stop was asked for. A cancelled task is asked, too.
   *
   * @return true from the first ask or cancel on
   */
  boolean isSet();

  /**
   * Waits until the stop is asked for, or the time has passed.
   *
   * @return whether the stop was asked for; a loop that ignores it would spin
   * @throws InterruptedException if the waiting thread is interrupted or cancelled
   * @param atMost how long to wait
   */
  @CheckReturnValue
  boolean await(Duration atMost) throws InterruptedException;

  /**
   * Waits until the stop is asked for.
   *
   * @throws InterruptedException if the waiting thread is interrupted or cancelled
   */
  void await() throws InterruptedException;

  /**
   * When what is still out will be cancelled: never, as long as no stop is under way.
   *
   * @return the moment, never null
   */
  Deadline deadline();
}
