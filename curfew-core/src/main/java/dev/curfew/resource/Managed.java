// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;

/**
 * A resource that knows how to end what it has in flight. Curfew makes one of everything that a
 * group owns; implement it, beside {@link AutoCloseable}, where a plain {@code close()} would wait
 * without limit or lose work.
 *
 * <p>Both methods are called at most once each by an owner, {@link #cancel()} from another thread
 * and possibly while {@link #close(Deadline)} waits.
 */
public interface Managed {
  /** Ends what is in flight as fast as possible. Does not wait. */
  default void cancel() throws Exception {}

  /**
   * Lets what is in flight end, at most until the limit, then closes.
   *
   * @throws Exception if closing failed; an interrupt of the calling thread ends the wait
   */
  void close(Deadline limit) throws Exception;

  /** The work that went through this resource, for the report's account. */
  default WorkCount work() {
    return WorkCount.NONE;
  }
}
