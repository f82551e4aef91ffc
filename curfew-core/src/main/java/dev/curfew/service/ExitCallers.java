// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who has called {@code System.exit}: such a thread never returns, so nobody waits for it.
 *
 * @param stack of the first platform thread that was found inside it, innermost frame first; empty
 *     if there was none: virtual threads are not seen here
 * @param signal that the JVM's own handler got and made an exit of: it came before ours was there,
 *     or could not be
 * @param mainHasEnded whether the JVM ends because its last thread that is no daemon has
 */
record ExitCallers(
    List<StackTraceElement> stack, Signals.@Nullable Kind signal, boolean mainHasEnded) {
  /** Looks at all platform threads. */
  static ExitCallers look() {
    return among(Thread.getAllStackTraces());
  }

  static ExitCallers among(Map<Thread, StackTraceElement[]> threads) {
    boolean ended = false;
    for (Map.Entry<Thread, StackTraceElement[]> thread : threads.entrySet()) {
      StackTraceElement[] stack = thread.getValue();
      if (isExiting(stack)) {
        Signals.Kind signal = isTerminator(stack) ? signal(thread.getKey().getName()) : null;
        return new ExitCallers(signal == null ? List.of(stack) : List.of(), signal, false);
      }
      // The thread of the JVM that has waited for the others.
      ended |= stack.length > 0 && isAt(stack[stack.length - 1], "java.lang.Shutdown", "shutdown");
    }
    return new ExitCallers(List.of(), null, ended);
  }

  /** Whether a thread with this stack is inside {@code System.exit}. */
  static boolean isExiting(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (isAt(frame, "java.lang.Shutdown", "exit") || isAt(frame, "java.lang.Runtime", "exit")) {
        return true;
      }
    }
    return false;
  }

  /** Whether a thread with this stack runs the JVM's hooks, or waits for them. */
  static boolean runsHooks(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (isAt(frame, "java.lang.ApplicationShutdownHooks", "runHooks")) {
        return true;
      }
    }
    return false;
  }

  /** Whether a thread with this stack has called {@code System.exit} after somebody else. */
  static boolean isKeptOut(StackTraceElement[] stack) {
    return stack.length > 0 && isAt(stack[0], "java.lang.Shutdown", "exit");
  }

  private static boolean isTerminator(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getClassName().startsWith("java.lang.Terminator")) {
        return true;
      }
    }
    return false;
  }

  /** The JVM calls the thread {@code SIGTERM handler}. */
  private static Signals.@Nullable Kind signal(String threadName) {
    for (Signals.Kind kind : Signals.Kind.values()) {
      if (threadName.startsWith(kind.name())) {
        return kind;
      }
    }
    return null;
  }

  private static boolean isAt(StackTraceElement frame, String type, String method) {
    return frame.getMethodName().equals(method) && frame.getClassName().equals(type);
  }
}
