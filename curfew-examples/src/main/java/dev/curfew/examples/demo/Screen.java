// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.PrintStream;

/**
 * Where the demo prints: on a terminal one line that updates itself and colours, in a pipe plain
 * lines, with {@code --json} no word of progress. Used by one thread.
 */
final class Screen {
  private static final String CLEAR_LINE = "\r\033[2K";

  private final PrintStream out;
  private final boolean terminal;
  private final boolean quiet;
  private final boolean coloured;
  private boolean lineOpen;

  /** The launcher knows whether standard output is a terminal, and says so. */
  Screen(PrintStream out, boolean quiet) {
    this.out = out;
    this.quiet = quiet;
    this.terminal = Boolean.getBoolean("curfew.terminal");
    this.coloured = terminal && System.getenv("NO_COLOR") == null;
  }

  /** What is going on now: replaces the last progress on a terminal. */
  void progress(String text) {
    if (quiet) {
      return;
    }
    if (terminal) {
      out.print(CLEAR_LINE + text);
      out.flush();
      lineOpen = true;
    } else {
      out.println(text);
    }
  }

  boolean isTerminal() {
    return terminal;
  }

  /** A line that stays. */
  void line(String text) {
    if (!quiet) {
      result(text);
    }
  }

  /** A line that stays and is printed whatever the mode. */
  void result(String text) {
    if (lineOpen) {
      out.print(CLEAR_LINE);
      lineOpen = false;
    }
    out.println(text);
  }

  String bold(String text) {
    return paint("1", text);
  }

  String dim(String text) {
    return paint("2", text);
  }

  /** Green for what is as it should be, red for a loss. */
  String judged(boolean good, String text) {
    return paint(good ? "32" : "1;31", text);
  }

  private String paint(String code, String text) {
    return coloured ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
}
