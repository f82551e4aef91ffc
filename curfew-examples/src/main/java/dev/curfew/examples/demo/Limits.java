// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.worker.Budget;
import java.time.Duration;

/**
 * What the upstream allows, and what follows for those who call it.
 *
 * @param perSecond calls that do a job
 */
record Limits(int perSecond) {
  /** A part of a second: its budget is what may come at once. */
  private static final int PARTS = 4;

  /** What a call may use at most, and is reserved for it. */
  static final int TOKENS_RESERVED = 500;

  /** What one uses, by and large. */
  private static final int TOKENS_USED = 300;

  /** A little less than what this rate of requests puts, so that jobs wait. */
  static Limits under(int rate) {
    return new Limits(Math.max(PARTS, rate / 5));
  }

  /** The part of one process, if so many share it. */
  Limits sharedBy(int processes) {
    return new Limits(Math.max(PARTS, perSecond / processes));
  }

  int tokensPerSecond() {
    return perSecond * TOKENS_USED * 6 / 5;
  }

  Budget budget() {
    Duration part = Duration.ofSeconds(1).dividedBy(PARTS);
    return Budget.named("upstream")
        .requests(perSecond / PARTS, part)
        .tokens(tokensPerSecond() / PARTS, part);
  }

  /** Twice as many at once as an upstream needs that takes 160 ms. */
  int concurrency() {
    return 2 + perSecond / 3;
  }

  /** Without a budget: a pool that was sized on a quieter day, so that jobs wait here, too. */
  int threads() {
    return Math.max(1, perSecond * 80 / 1000);
  }
}
