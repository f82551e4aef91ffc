// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.time.Deadline;
import java.time.Duration;

/**
 * How long a worker may take its jobs for its own. Each loss begins a new number: what was claimed
 * under an old one stays lost. Written by the beater, read by any thread.
 */
final class Lease {
  /** One write makes number and time visible together. */
  private record State(int number, Deadline until) {}

  private volatile State state = new State(0, Deadline.in(Duration.ZERO));

  /** Renewed by a beat that began when {@code until} was computed. */
  void renewed(Deadline until) {
    state = new State(state.number, until);
  }

  /** Lost; renewed under a new number when {@code until} lies ahead. */
  void lost(Deadline until) {
    state = new State(state.number + 1, until);
  }

  int number() {
    return state.number;
  }

  boolean isValid() {
    return !state.until.hasPassed();
  }

  boolean isValid(int number) {
    State now = state;
    return now.number == number && !now.until.hasPassed();
  }
}
