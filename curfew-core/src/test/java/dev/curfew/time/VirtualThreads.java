// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.util.concurrent.Executor;

/**
 * The JDK's way to build a virtual thread on a scheduler of one's own, which is not public. Needs
 * {@code --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
final class VirtualThreads {

  private static final MethodHandle NEW_VIRTUAL_THREAD;
  private static final MethodHandle CARRIER;
  private static final Field CONTINUATION;
  private static final Field SCHEDULER;

  static {
    try {
      Class<?> builders = Class.forName("java.lang.ThreadBuilders");
      NEW_VIRTUAL_THREAD =
          MethodHandles.privateLookupIn(builders, MethodHandles.lookup())
              .findStatic(
                  builders,
                  "newVirtualThread",
                  MethodType.methodType(
                      Thread.class, Executor.class, String.class, int.class, Runnable.class));
      CARRIER =
          MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
              .findStatic(
                  Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
      CONTINUATION = Class.forName("java.lang.VirtualThread").getDeclaredField("runContinuation");
      CONTINUATION.setAccessible(true);
      SCHEDULER = Class.forName("java.lang.VirtualThread").getDeclaredField("scheduler");
      SCHEDULER.setAccessible(true);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException(
          "The microscope builds virtual threads by reflection, which this JVM ("
              + Runtime.version()
              + ") refused; it needs --add-opens java.base/java.lang=ALL-UNNAMED and JDK 25",
          e);
    }
  }

  private VirtualThreads() {}

  /** An unstarted thread that inherits inheritable thread locals. */
  static Thread unstarted(Executor scheduler, String name, Runnable body) {
    try {
      return (Thread) NEW_VIRTUAL_THREAD.invokeExact(scheduler, name, 0, body);
    } catch (Throwable e) { // what a method handle declares; the constructor itself throws nothing
      throw new IllegalStateException("Cannot build a virtual thread: " + e, e);
    }
  }

  /** The platform thread that runs the current thread: itself, or what a virtual one sits on. */
  static Thread carrier() {
    try {
      return (Thread) CARRIER.invokeExact();
    } catch (Throwable e) { // what a method handle declares; the method itself throws nothing
      throw new IllegalStateException("Cannot read the carrier: " + e, e);
    }
  }

  /** What decides when a virtual thread runs. */
  static Executor scheduler(Thread thread) {
    try {
      return (Executor) SCHEDULER.get(thread);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Cannot read the scheduler of " + thread, e);
    }
  }

  /** What a virtual thread submits to its scheduler, always the same object. */
  static Runnable continuation(Thread thread) {
    try {
      return (Runnable) CONTINUATION.get(thread);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Cannot read the continuation of " + thread, e);
    }
  }

  /** The virtual thread that a continuation belongs to. */
  static Thread thread(Runnable continuation) {
    // It is a method reference of the thread's, so the thread is the one value that it captured.
    try {
      for (Field captured : continuation.getClass().getDeclaredFields()) {
        captured.setAccessible(true);
        if (captured.get(continuation) instanceof Thread thread) {
          return thread;
        }
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Cannot read what " + continuation + " captured", e);
    }
    throw new IllegalStateException("Not the continuation of a virtual thread: " + continuation);
  }
}
