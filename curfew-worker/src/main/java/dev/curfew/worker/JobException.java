// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.worker.queue.JobOutcome;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * How a job ends that is not done; made by {@link Job}, for its handler to throw. It has no stack
 * trace: it is an answer, not a failure.
 */
public final class JobException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final transient JobOutcome outcome;

  /** Whether the upstream has asked for fewer calls. */
  private final boolean throttled;

  JobException(JobOutcome outcome, boolean throttled, String message) {
    super(message, null, false, false);
    this.outcome = outcome;
    this.throttled = throttled;
  }

  /** The answer in what was thrown, also where a join or a future has wrapped it; null if none. */
  static @Nullable JobException in(@Nullable Throwable thrown) {
    Throwable looked = thrown;
    for (int i = 0; looked != null && i < Retry.DEEPEST_CAUSE; i++) {
      if (looked instanceof JobException answer) {
        return answer;
      }
      looked = Retry.isWrapper(looked) ? looked.getCause() : null;
    }
    return null;
  }

  boolean isThrottled() {
    return throttled;
  }

  JobOutcome outcome() {
    return outcome;
  }
}
