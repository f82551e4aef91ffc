// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

/** One kept-alive connection: how many of its requests are in hand, and how long it pauses. */
final class Line {
  // All guarded by this; held for a few instructions, no foreign code.
  private int busy;
  private boolean ended;
  private long lastEnd;
  private long longestPause;

  /** A request has arrived. */
  synchronized void begin(long now) {
    if (busy == 0 && ended) {
      // Old pauses fade, so that one long one does not hold up a stop for ever.
      longestPause = Math.max(now - lastEnd, longestPause - longestPause / 8);
    }
    busy++;
  }

  /** Its answer is written. */
  synchronized void end(long now) {
    busy--;
    ended = true;
    lastEnd = now;
  }

  /**
   * How long to wait before this line counts as idle.
   *
   * @return nanoseconds, 0 or less if it is idle
   */
  synchronized long untilIdle(long now, long floor, long cap) {
    if (busy > 0) {
      return cap;
    }
    long patience = Math.min(cap, floor + 3 * longestPause);
    return lastEnd + patience - now;
  }

  /** Whether it has been silent for longer than this. */
  synchronized boolean silentFor(long nanos, long now) {
    return busy == 0 && ended && now - lastEnd > nanos;
  }
}
