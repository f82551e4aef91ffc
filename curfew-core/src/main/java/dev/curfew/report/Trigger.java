// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * What led to a stop.
 *
 * @param origin what kind of event
 * @param what its name as the report line shows it, such as {@code SIGTERM} or {@code exit(3)}
 * @param why one sentence, empty if there is nothing to add
 * @param stack who called, innermost frame first; empty for a signal
 * @param at when, by the wall clock
 */
public record Trigger(
    Origin origin, String what, String why, List<StackTraceElement> stack, Instant at) {
  /** What kind of event led to a stop. */
  public enum Origin {
    /** A signal. */
    SIGNAL,
    /** A call of {@code requestStop} or {@code stop}. */
    API,
    /** {@code System.exit}, the end of {@code main}, or a console that closed. */
    EXIT,
    /** The last task has ended. */
    SELF,
    /** A task that the service could not live without failed, or start-up did. */
    CRASH
  }

  /** Rejects null, copies the stack. */
  public Trigger {
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(why, "why");
    Objects.requireNonNull(at, "at");
    stack = List.copyOf(stack);
  }
}
