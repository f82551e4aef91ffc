// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code ScopedValue}, by reflection: it is final from JDK 25 on, and this is compiled for 21. All
 * bindings of a thread can't be captured from outside the JDK, so each value is named.
 */
final class ScopedValues {
  private ScopedValues() {}

  static Carrier of(Object scopedValue) {
    Objects.requireNonNull(scopedValue, "scopedValue was null, expected a java.lang.ScopedValue");
    try {
      Class<?> type = Class.forName("java.lang.ScopedValue");
      if (type.isInstance(scopedValue)) {
        Method isBound = type.getMethod("isBound");
        Method get = type.getMethod("get");
        Method where = type.getMethod("where", type, Object.class);
        Method run =
            Class.forName("java.lang.ScopedValue$Carrier").getMethod("run", Runnable.class);
        return () -> {
          if (!Boolean.TRUE.equals(call(isBound, scopedValue))) {
            return Action::run;
          }
          Object value = call(get, scopedValue);
          return body ->
              call(run, call(where, null, scopedValue, value), (Runnable) () -> runs(body));
        };
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "a "
              + scopedValue.getClass().getName()
              + " was given as a scoped value, which JDK "
              + Runtime.version().feature()
              + " does not have; use JDK 25 or newer, or carry a thread local",
          e);
    }
    throw new IllegalArgumentException(
        "a "
            + scopedValue.getClass().getName()
            + " was given, expected a java.lang.ScopedValue; for a thread local use"
            + " Carrier.of(local)");
  }

  /** The body lets nothing out but what was thrown before it ran. */
  private static void runs(Action body) {
    try {
      body.run();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Object call(
      Method method, @Nullable Object target, @Nullable Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      if (e.getCause() instanceof Error thrown) {
        throw thrown;
      }
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
