// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A block whose cancel runs a hook; made by {@link Cancellation#onCancel(Action)}. */
@SuppressWarnings("DoNotCallSuggester")
public final class OnCancel {
  private final Action hook;

  OnCancel(Action hook) {
    this.hook = Objects.requireNonNull(hook, "hook");
  }

  /**
   * Runs the body with the hook armed.
   *
   * @throws InterruptedException if this thread's work is cancelled already; the body did not run
   */
  public <T extends @Nullable Object, X extends Throwable> T call(Shield.Body<T, X> body)
      throws X, InterruptedException {
    throw new UnsupportedOperationException("arrives with the implementation of " + hook);
  }

  /** Runs the body with the hook armed; see {@link #call}. */
  public <X extends Throwable> void run(Shield.VoidBody<X> body) throws X, InterruptedException {
    throw new UnsupportedOperationException("arrives with the implementation of " + hook);
  }
}
