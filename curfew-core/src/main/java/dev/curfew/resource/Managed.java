// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;

/**
 * A resource that knows how to end what it has in flight. Curfew makes one of everything that a
 * group owns; implement it, beside {@link AutoCloseable}, where a plain {@code close()} would wait
 * without limit or lose work.
 *
 * <p>Each method is called at most once by an owner, {@link #cancel()} from another thread and
 * possibly while {@link #close(Deadline)} waits.
 */
public interface Managed {
  /**
   * The managed form of a resource: the resource itself if it is {@code Managed}; else what the
   * first {@link ResourceAdapter} that is for it makes of it (those found by {@link
   * java.util.ServiceLoader} before Curfew's own for {@link java.util.concurrent.ExecutorService},
   * {@link Process} and {@code java.net.http.HttpClient}); else one whose close is {@link
   * AutoCloseable#close()}.
   *
   * <p>The type that counts is that of the object, not that of the variable which holds it.
   *
   * @param resource any object
   * @return how it is ended
   * @throws IllegalArgumentException if the resource has no way to be closed, or is shared by the
   *     whole process, such as the common pool
   */
  static Managed of(Object resource) {
    return Adapters.adapt(resource);
  }

  /**
   * The managed form of a resource that is ended by a closer and by nothing else.
   *
   * @param resource the resource
   * @param closer ends it; called at most once, without a limit of its own
   * @param <R> the resource's type
   * @return how it is ended
   */
  static <R> Managed of(R resource, Closer<? super R> closer) {
    return new ClosedBy<>(resource, closer);
  }

  /**
   * Ends what is in flight as fast as possible. Does not wait.
   *
   * @throws Exception if that failed; it is recorded
   */
  default void cancel() throws Exception {}

  /**
   * Lets what is in flight end, at most until the limit, then closes.
   *
   * @param limit when it is left alone, at the latest
   * @throws Exception if closing failed; an interrupt of the calling thread ends the wait
   */
  void close(Deadline limit) throws Exception;

  /**
   * The work that went through this resource, for the report's account. Asked once, when {@link
   * #close} has returned or thrown, on the same thread; a close that hangs is not asked.
   *
   * @return each piece of it with one end
   */
  default WorkCount work() {
    return WorkCount.NONE;
  }
}
