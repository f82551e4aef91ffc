// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.util.List;
import java.util.Map;

/** Who has called {@code System.exit}: such a thread never returns, so nobody waits for it. */
final class ExitCallers {
  private ExitCallers() {}

  /** Whether a thread with this stack is inside {@code System.exit}. */
  static boolean isExiting(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getMethodName().equals("exit")
          && (frame.getClassName().equals("java.lang.Shutdown")
              || frame.getClassName().equals("java.lang.Runtime"))) {
        return true;
      }
    }
    return false;
  }

  /** The stack of the first platform thread inside {@code System.exit}; empty if there is none. */
  static List<StackTraceElement> find() {
    for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
      if (isExiting(thread.getValue())) {
        return List.of(thread.getValue());
      }
    }
    return List.of();
  }
}
