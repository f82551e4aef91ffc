// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.util.List;

/**
 * Who has called {@code System.exit}: such a thread never returns, so nobody waits for it.
 *
 * @param stack of the first platform thread that was found inside it, innermost frame first; empty
 *     if there was none: virtual threads are not seen here
 * @param mainHasEnded whether the JVM ends because its last thread that is no daemon has
 */
record ExitCallers(List<StackTraceElement> stack, boolean mainHasEnded) {
  /** Looks at all platform threads. */
  static ExitCallers look() {
    boolean ended = false;
    for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
      if (isExiting(stack)) {
        return new ExitCallers(List.of(stack), false);
      }
      // The thread of the JVM that has waited for the others.
      ended |= stack.length > 0 && isAt(stack[stack.length - 1], "java.lang.Shutdown", "shutdown");
    }
    return new ExitCallers(List.of(), ended);
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

  private static boolean isAt(StackTraceElement frame, String type, String method) {
    return frame.getMethodName().equals(method) && frame.getClassName().equals(type);
  }
}
