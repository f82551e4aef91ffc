// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

/** What an operator is told of a failure: class, message and place, in one short text. */
final class FailureLine {
  private static final int LONGEST = 1_000;

  private FailureLine() {}

  static String of(Throwable failure) {
    String text;
    try {
      text = String.valueOf(failure.toString());
      Throwable cause = failure.getCause();
      if (cause != null && !text.contains(cause.toString())) {
        text += ", caused by " + cause;
      }
      StackTraceElement[] stack = failure.getStackTrace();
      if (stack.length > 0) {
        text += " at " + stack[0];
      }
    } catch (Throwable unreadable) {
      // Throwable: these methods may be overridden, and one job's text must not end its worker.
      text = failure.getClass().getName() + " (unreadable)";
    }
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
