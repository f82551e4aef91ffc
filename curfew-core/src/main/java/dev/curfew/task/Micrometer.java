// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Micrometer's context propagation, by reflection: core depends on nothing but the JDK. */
final class Micrometer implements Carrier {
  private final Object factory;
  private final Method captureAll;
  private final Method setThreadLocals;

  private Micrometer(Object factory, Method captureAll, Method setThreadLocals) {
    this.factory = factory;
    this.captureAll = captureAll;
    this.setThreadLocals = setThreadLocals;
  }

  /** Null if it is not on the class path. */
  static @Nullable Carrier find() {
    ClassLoader loader = Micrometer.class.getClassLoader();
    try {
      Class<?> type = Class.forName("io.micrometer.context.ContextSnapshotFactory", true, loader);
      Class<?> snapshot = Class.forName("io.micrometer.context.ContextSnapshot", true, loader);
      Object builder = type.getMethod("builder").invoke(null);
      Class<?> builderType =
          Class.forName("io.micrometer.context.ContextSnapshotFactory$Builder", true, loader);
      return new Micrometer(
          call(builderType.getMethod("build"), builder),
          type.getMethod("captureAll", Object[].class),
          snapshot.getMethod("setThreadLocals"));
    } catch (ClassNotFoundException absent) {
      return null;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "Micrometer's context propagation is on the class path, and can't be used: "
              + e
              + "; use version 1.1 or newer, or give carriers of your own instead of"
              + " Carrier.found()",
          e);
    }
  }

  @Override
  public Captured capture() {
    Object snapshot;
    try {
      snapshot = call(captureAll, factory, (Object) new Object[0]);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Micrometer's context propagation failed: " + e, e);
    }
    return body -> {
      AutoCloseable scope = (AutoCloseable) call(setThreadLocals, snapshot);
      try {
        body.run();
      } finally {
        scope.close();
      }
    };
  }

  private static Object call(Method method, @Nullable Object target, Object... arguments)
      throws ReflectiveOperationException {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      if (e.getCause() instanceof Error thrown) {
        throw thrown;
      }
      throw e;
    }
  }

  @Override
  public String toString() {
    return "Micrometer's context propagation";
  }
}
