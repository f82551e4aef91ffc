// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries a piece of context into the tasks of a group: it is captured by the thread that forks, is
 * there while the task's body runs, and is gone afterwards. Given to {@link
 * GroupOptions#carry(Carrier...)}, it holds for the group, its inner groups, and the groups that
 * its tasks open.
 *
 * <p>Life cycle: {@link #capture()} runs at each fork, on the forking thread; {@link
 * Captured#around} once, on the task's thread. Of several the first given is outermost.
 *
 * <p>Failures: what capturing throws fails the fork, and no task is started; what is thrown before
 * the body has run fails the task; what is thrown after it is reported, and the body's own outcome
 * counts.
 *
 * <p>A scoped value can only be bound around a call, which is why this has that form. On JDK 25 and
 * later one can be written directly, too:
 *
 * <pre>{@code
 * Carrier user = () -> {
 *   User now = USER.orElse(NOBODY);
 *   return body -> ScopedValue.where(USER, now).call(() -> { body.run(); return null; });
 * };
 * }</pre>
 */
@FunctionalInterface
public interface Carrier {
  /** What was captured at one fork. */
  @FunctionalInterface
  interface Captured {
    /**
     * Runs the body, once, with what was captured in its place, and puts things back in a {@code
     * finally}. On the task's thread.
     *
     * @param body lets nothing out that a carrier would have to handle
     * @throws Exception if the context could not be put in its place
     */
    void around(Action body) throws Exception;
  }

  /**
   * Captures the context of the calling thread. Runs at each fork, so it should be cheap.
   *
   * @return what was captured
   */
  Captured capture();

  /**
   * Carries a thread local. Where it is null, it is removed.
   *
   * @param local the thread local
   * @return a carrier
   */
  static Carrier of(ThreadLocal<?> local) {
    return Carriers.of(local);
  }

  /**
   * Carries what can be read, set and cleared on the current thread, such as SLF4J's {@code MDC}:
   *
   * <pre>{@code
   * Carrier.of(MDC::getCopyOfContextMap, MDC::setContextMap, MDC::clear)
   * }</pre>
   *
   * @param get reads it; null if there is none
   * @param set sets it; never called with null
   * @param clear removes it
   * @param <T> its type
   * @return a carrier
   */
  static <T> Carrier of(
      Supplier<? extends @Nullable T> get, Consumer<? super T> set, Runnable clear) {
    return Carriers.of(get, set, clear);
  }

  /**
   * Carries a {@code ScopedValue}, where it is bound.
   *
   * @param scopedValue a {@code java.lang.ScopedValue}, final from JDK 25 on; this library runs on
   *     older ones and can't name the type
   * @return a carrier
   * @throws IllegalArgumentException if it is anything else
   */
  static Carrier ofScopedValue(Object scopedValue) {
    return ScopedValues.of(scopedValue);
  }

  /**
   * All carriers that {@link java.util.ServiceLoader} finds, and one for Micrometer's context
   * propagation if that is on the class path. To be given to {@code carry}: nothing is carried
   * unasked.
   *
   * @return any number
   */
  static Carrier[] found() {
    return Carriers.found();
  }
}
