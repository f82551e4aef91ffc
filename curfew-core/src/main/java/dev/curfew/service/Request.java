// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Trigger;
import dev.curfew.time.Host;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first request for a stop; later ones change nothing.
 *
 * @param trigger what led to it
 * @param nanos when, by the monotonic clock: the marks of the stop are counted from here
 * @param limit a budget that is smaller than the services' own; null if there is none
 */
record Request(Trigger trigger, long nanos, @Nullable Curfew limit) {
  /** Who stands between the caller and here. */
  private static final Set<String> OWN = Set.of(Request.class.getName(), Member.class.getName());

  private static final StackWalker CALLERS = StackWalker.getInstance();

  /** A request for a reason that has no caller of interest. */
  static Request now(Trigger.Origin origin, String what, String why) {
    return at(origin, what, why, List.of());
  }

  /** A request by a call; keeps who called. */
  static Request call(String what, String why) {
    Objects.requireNonNull(
        why, "why was null, expected a sentence for the report, such as \"the operator asked\"");
    return at(Trigger.Origin.API, what, why, callers());
  }

  static Request at(Trigger.Origin origin, String what, String why, List<StackTraceElement> stack) {
    Host host = Host.current();
    return new Request(
        new Trigger(origin, what, why, stack, host.wallTime()), host.nanoTime(), null);
  }

  Request within(Curfew smaller) {
    return new Request(trigger, nanos, smaller);
  }

  /** Whether a person at a terminal asked: nobody routes traffic here, so nothing is waited for. */
  boolean isInterrupt() {
    return trigger.origin() == Trigger.Origin.SIGNAL
        && trigger.what().equals(Signals.Kind.SIGINT.name());
  }

  private static List<StackTraceElement> callers() {
    return CALLERS.walk(frames ->
        frames
            .map(StackWalker.StackFrame::toStackTraceElement)
            .dropWhile(frame -> OWN.contains(frame.getClassName()))
            .limit(32)
            .toList());
  }
}
