// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Frames;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where tasks are forked. Walked once for each class of body, since a lambda's class is its place
 * in the source: then a look-up costs about a nanosecond. A helper that forks other people's bodies
 * collapses to the place where each body was first forked.
 */
final class Sites {
  private static final ClassValue<Optional<StackTraceElement>> SITES =
      new ClassValue<>() {
        @Override
        protected Optional<StackTraceElement> computeValue(Class<?> body) {
          // At the end of a stack the walk would throw an InternalError, which nobody expects.
          StackProbe.touchForBlock();
          return Optional.ofNullable(Frames.here());
        }
      };

  private Sites() {}

  /** Notes, at the first fork of this class, where it happens. The forking thread. */
  static void note(Object body) {
    SITES.get(classOf(body));
  }

  /** Where bodies of this class are forked, if it was seen. Any thread. */
  static @Nullable StackTraceElement of(Object body) {
    if (body instanceof Adopted<?> adopted) {
      return adopted.site();
    }
    return SITES.get(classOf(body)).orElse(null);
  }

  private static Class<?> classOf(Object body) {
    return (body instanceof Wrapping wrapping ? wrapping.inside() : body).getClass();
  }
}
