// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A block whose cancel runs a hook; made by {@link Cancellation#onCancel(Action)}. */
public final class OnCancel {
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
      // After arming: a cancel that comes later finds the hook, one that came before is seen here.
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
