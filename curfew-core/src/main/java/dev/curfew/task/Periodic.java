// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Host;
import java.time.Duration;
import java.util.Objects;

/**
 * Runs an action again and again; see {@link TaskGroup#every} and {@link TaskGroup#everyAtRate}.
 */
final class Periodic implements Background, Wrapping {
  /** So far away that it never comes, and yet can be added to any reading of the clock. */
  private static final long NEVER = Long.MAX_VALUE / 2;

  private final Action action;
  private final long nanos;
  private final boolean atRate;

  private Periodic(Action action, long nanos, boolean atRate) {
    this.action = action;
    this.nanos = nanos;
    this.atRate = atRate;
  }

  static Periodic every(String name, Duration pause, Action action) {
    return new Periodic(checked(action), nanos(name, "pause", pause), false);
  }

  static Periodic atRate(String name, Duration period, Action action) {
    return new Periodic(checked(action), nanos(name, "period", period), true);
  }

  private static Action checked(Action action) {
    return Objects.requireNonNull(action, "action was null, expected an Action");
  }

  private static long nanos(String name, String what, Duration time) {
    Objects.requireNonNull(time, what + " was null, expected a Duration");
    if (time.isZero() || time.isNegative()) {
      throw new IllegalArgumentException(
          "Task "
              + name
              + ": the "
              + what
              + " is "
              + time
              + "; give a positive duration, or loop in a background task");
    }
    return time.toSeconds() >= NEVER / 1_000_000_000 ? NEVER : time.toNanos();
  }

  @Override
  public void run(StopSignal stop) throws Exception {
    long due = Host.current().nanoTime();
    while (!stop.isSet()) {
      action.run();
      long wait = nanos;
      if (atRate) {
        long now = Host.current().nanoTime();
        // The first tick that is not in the past: those that were missed are skipped.
        due += nanos * Math.max(1, Math.ceilDiv(now - due, nanos));
        wait = due - now;
      }
      if (stop.await(Duration.ofNanos(wait))) {
        return;
      }
    }
  }

  @Override
  public Object inside() {
    return action;
  }
}
