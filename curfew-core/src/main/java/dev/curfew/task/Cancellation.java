// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import java.util.Optional;

/**
 * The cancellation of the task, or the group's body, that runs on the calling thread. A state, not
 * an event: once cancelled, {@link #check()} always throws.
 *
 * <p>On a thread without any group nothing is ever cancelled.
 */
public final class Cancellation {
  private Cancellation() {}

  /**
   * Throws if this thread's work is cancelled; not inside a {@link Shield}. For loops that compute.
   *
   * @throws InterruptedException if it is cancelled; the message is the reason
   */
  public static void check() throws InterruptedException {
    Strand.current().check();
  }

  /** {@return whether this thread's work is cancelled, shield or not} */
  public static boolean isCancelled() {
    return Strand.current().reason() != null;
  }

  /**
   * Why this thread's work was cancelled, if it was.
   *
   * @return the first reason of the innermost block, task or outer group that is cancelled
   */
  public static Optional<CancelReason> reason() {
    return Optional.ofNullable(Strand.current().reason());
  }

  /**
   * The earliest deadline of the groups around this thread's work; in a {@link Shield}, which holds
   * those off, its limit and the deadlines of groups that were opened inside it.
   *
   * @return the deadline, {@link Deadline#never()} if there is none
   */
  public static Deadline deadline() {
    return Strand.current().deadline();
  }

  /**
   * Unblocks what an interrupt can't: a blocked socket, a running statement.
   *
   * <pre>{@code
   * Cancellation.onCancel(statement::cancel).call(() -> statement.executeQuery(sql));
   * }</pre>
   *
   * <p>The hook runs at most once, on a thread of Curfew's, before the interrupt. Leaving the block
   * waits for a hook that is running (at most 1 s), so that it never hits what comes after it.
   *
   * @param hook ends what is blocked; called by another thread, so it must be safe there
   * @return a block to run under the hook
   */
  public static OnCancel onCancel(Action hook) {
    return new OnCancel(hook);
  }
}
