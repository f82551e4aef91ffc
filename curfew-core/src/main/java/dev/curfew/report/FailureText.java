// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import org.jspecify.annotations.Nullable;

/**
 * What a report says of an exception.
 *
 * @param type the name of its class
 * @param message its message, if it has one
 * @param at the innermost frame of the application, if there is one
 * @param rootCause class and message of the innermost cause, if it has a cause
 */
record FailureText(
    String type,
    @Nullable String message,
    @Nullable StackTraceElement at,
    @Nullable String rootCause) {
  /** Causes can form a ring. */
  private static final int DEEPEST_CAUSE = 50;

  static FailureText of(Throwable failure) {
    try {
      Throwable root = failure;
      for (int i = 0; i < DEEPEST_CAUSE && root.getCause() != null; i++) {
        root = root.getCause();
      }
      return new FailureText(
          failure.getClass().getName(),
          failure.getMessage(),
          Frames.first(failure.getStackTrace()),
          root.equals(failure) ? null : what(root.getClass().getName(), root.getMessage()));
    } catch (Throwable unreadable) {
      // Everything: these methods may be overridden, and a report must not fail by what it reports.
      return new FailureText(failure.getClass().getName(), "(unreadable)", null, null);
    }
  }

  /** Class and message, as {@code toString()} has them as a rule. */
  String what() {
    return what(type, message);
  }

  private static String what(String type, @Nullable String message) {
    return message == null ? type : type.concat(": ").concat(message);
  }
}
