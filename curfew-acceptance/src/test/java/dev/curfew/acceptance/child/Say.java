// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What the child programs have in common: saying where they are, and waiting. */
final class Say {

  private Say() {}

  /** Writes one line to standard output, for a test that waits for it. */
  static void line(String text) {
    System.out.println(text);
  }

  /** Blocks until the thread is interrupted. */
  static void waitForEver() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /** Waits for a condition, at most ten seconds; whether it came. */
  static boolean awaits(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    return true;
  }

  /** Whether a method is on the stack of a thread. */
  static boolean isIn(Thread thread, String className, String method) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame ->
            frame.getClassName().equals(className) && frame.getMethodName().equals(method));
  }

  /**
   * Registers a handler through {@code sun.misc.Signal}, by reflection because javac warns about
   * it, and returns what had handled the signal before.
   */
  static Object handle(String signal, Runnable action) throws ReflectiveOperationException {
    Class<?> signals = Class.forName("sun.misc.Signal");
    Class<?> handlers = Class.forName("sun.misc.SignalHandler");
    Object handler =
        Proxy.newProxyInstance(
            Say.class.getClassLoader(),
            new Class<?>[] {handlers},
            (proxy, method, arguments) -> {
              action.run();
              return null;
            });
    return signals
        .getMethod("handle", signals, handlers)
        .invoke(null, signals.getConstructor(String.class).newInstance(signal), handler);
  }

  /** Sends this process a real signal. */
  static void raise(String signal) throws ReflectiveOperationException {
    Class<?> signals = Class.forName("sun.misc.Signal");
    signals
        .getMethod("raise", signals)
        .invoke(null, signals.getConstructor(String.class).newInstance(signal));
  }
}
