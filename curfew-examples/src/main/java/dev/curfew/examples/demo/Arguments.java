// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Reads a command line from left to right. */
final class Arguments {
  private final String command;
  private final String expected;
  private final Deque<String> left;

  Arguments(String command, String expected, String... args) {
    this.command = command;
    this.expected = expected;
    this.left = new ArrayDeque<>(List.of(args));
  }

  boolean hasNext() {
    return !left.isEmpty();
  }

  String next() {
    return left.removeFirst();
  }

  /** What follows this option. */
  String text(String option, String expectedText) throws UsageException {
    if (left.isEmpty()) {
      throw new UsageException(command + ": " + option + " needs " + expectedText);
    }
    return left.removeFirst();
  }

  /** The number that follows this option. */
  long number(String option, long least, long most) throws UsageException {
    String range = "a whole number from " + least + " to " + most;
    String given = text(option, range);
    try {
      long number = Long.parseLong(given);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, like a number out of range.
    }
    throw new UsageException(command + ": " + option + " is " + given + "; expected " + range);
  }

  UsageException unknown(String given) {
    return new UsageException(command + ": unknown option " + given + "; expected " + expected);
  }
}
