// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /** A block whose cancel runs a hook; made by {@link #onCancel(Action)}. */
  public static final class OnCancel {
    private final Action action;

    OnCancel(Action action) {
      this.action = Objects.requireNonNull(action, "hook was null, expected an Action");
    }

    /**
     * Runs the body with the hook armed.
     *
     * @param body what the hook unblocks; runs on the calling thread
     * @param <T> what the body returns
     * @param <X> the body's own checked exception
     * @return what the body returned
     * @throws X if the body did
     * @throws InterruptedException if this thread's work is cancelled already, and the body did not
     *     run; or if the body let it out
     */
    public <T extends @Nullable Object, X extends Throwable> T call(Shield.Body<T, X> body)
        throws X, InterruptedException {
      StackProbe.touchForBlock();
      Strand strand = Strand.current();
      strand.check();
      Hook hook = Hook.arm(action, strand);
      try {
        // After arming: a cancel that comes later finds the hook, one that came before is seen
        // here.
        strand.check();
        return body.run();
      } finally {
        hook.disarm();
      }
    }

    /**
     * Runs the body with the hook armed; see {@link #call}.
     *
     * @param body what the hook unblocks; runs on the calling thread
     * @param <X> the body's own checked exception
     * @throws X if the body did
     * @throws InterruptedException as {@link #call}
     */
    public <X extends Throwable> void run(Shield.VoidBody<X> body) throws X, InterruptedException {
      call(() -> {
        body.run();
        return null;
      });
    }
  }
}
