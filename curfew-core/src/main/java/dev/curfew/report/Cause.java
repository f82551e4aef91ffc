// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

/** The five causes of work that is left pending, or lost, when a process ends. */
public enum Cause {
  /** Started and never waited for: its result, or its failure, has no owner. */
  FORGOTTEN(1, "forgotten", "fork it, or adopt it, in a group"),
  /** The interrupt that cancels was consumed and the work went on. */
  SWALLOWED(2, "swallowed", "let InterruptedException leave the method, or return after cleanup"),
  /** Opened and never closed. */
  UNCLOSED(3, "unclosed", "own it in the group that uses it"),
  /** The process ended without a stop: a signal nobody handled, or that never arrived. */
  NO_SIGNAL(4, "no signal", "run it as a Service"),
  /** Closed while in use, or used after its owner began to close. */
  ORDER(5, "order", "own the resource in an outer group");

  private final int number;
  private final String title;
  private final String remedy;

  Cause(int number, String title, String remedy) {
    this.number = number;
    this.title = title;
    this.remedy = remedy;
  }

  /** {@return its number, 1 to 5, as reports print it} */
  public int number() {
    return number;
  }

  /** {@return its name in one or two words, as reports print it} */
  public String title() {
    return title;
  }

  /** {@return what mends it when nothing more exact is known} */
  public String remedy() {
    return remedy;
  }
}
