// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

/** What a job of the storm does. */
enum Kind {
  /** Takes up to 50 ms. */
  SHORT,
  /** Takes longer than a stop leaves it. */
  LONG,
  /** Takes longer than a stop, and ignores its interrupt. */
  STUBBORN,
  /** Fails always. */
  POISON,
  /** Ends its process, always. */
  CRASH,
  /** Fails twice, then succeeds. */
  FLAKY,
  /** Waits for a budget of few requests. */
  LIMITED,
  /** Is throttled now and again. */
  THROTTLED,
  /** Has a unique key, which others have, too. */
  UNIQUE;

  /** Whether it ends as a dead letter. */
  boolean dies() {
    return this == POISON || this == CRASH;
  }
}
