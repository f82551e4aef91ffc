// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Cleanup that blocks, held apart from the cancel that caused it: inside, the interrupt flag is
 * clear and no interrupt of Curfew's arrives, until the limit has passed.
 *
 * <pre>{@code
 * try {
 *   copy(source, target);
 * } finally {
 *   Shield.run(Duration.ofSeconds(2), () -> target.commit());
 * }
 * }</pre>
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Shield {
  private Shield() {}

  /**
   * Cleanup that returns a value.
   *
   * @param <T> what it returns
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  public interface Body<T extends @Nullable Object, X extends Throwable> {
    /** Runs on the calling thread. */
    T run() throws X, InterruptedException;
  }

  /**
   * Cleanup that returns nothing.
   *
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  public interface VoidBody<X extends Throwable> {
    /** Runs on the calling thread. */
    void run() throws X, InterruptedException;
  }

  /**
   * Runs the body under a shield. A cancel that is, or becomes, due is delivered when the shield is
   * left, or inside it once the limit has passed; in a stop also at the mark where resources are
   * closed.
   *
   * @throws IllegalArgumentException if the limit is zero or negative
   * @throws InterruptedException if the body let it out
   */
  public static <T extends @Nullable Object, X extends Throwable> T call(
      Duration limit, Body<T, X> body) throws X, InterruptedException {
    throw new UnsupportedOperationException("arrives with the implementation");
  }

  /** Runs the body under a shield; see {@link #call}. */
  public static <X extends Throwable> void run(Duration limit, VoidBody<X> body)
      throws X, InterruptedException {
    throw new UnsupportedOperationException("arrives with the implementation");
  }
}
