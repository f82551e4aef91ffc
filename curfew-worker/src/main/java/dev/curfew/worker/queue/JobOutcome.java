// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.time.Duration;

/** How a claimed job has ended, for its queue. */
public sealed interface JobOutcome {
  /** It is done and leaves the queue. */
  record Done() implements JobOutcome {}

  /**
   * It goes back and has spent no attempt.
   *
   * @param begun whether it had begun: that counts as an interruption
   * @param delay until it is due again; zero for at once
   */
  record GiveBack(boolean begun, Duration delay) implements JobOutcome {}

  /**
   * It is due again later.
   *
   * @param delay until then
   * @param spent whether the attempt counts; one that a limit has refused does not
   * @param why for people to read
   */
  record RetryAfter(Duration delay, boolean spent, String why) implements JobOutcome {}

  /**
   * It is kept as a dead letter, until somebody requeues or drops it.
   *
   * @param why for people to read
   */
  record Dead(String why) implements JobOutcome {}
}
