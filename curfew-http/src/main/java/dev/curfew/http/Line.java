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
      longestPause = Math.max(Math.max(1, now - lastEnd), longestPause - longestPause / 8);
    }
    busy++;
  }

  /** Its answer is written. */
  synchronized void end(long now) {
    busy--;
    ended = true;
    lastEnd = now;
  }

  /** Its longest recent pause; 0 as long as it has brought one request only. */
  synchronized long longestPause() {
    return longestPause;
  }

  /**
   * How long to wait before this line counts as idle.
   *
   * @param patience how long it must have been silent
   * @param busyWait what to say while a request is in hand
   * @return nanoseconds, 0 or less if it is idle
   */
  synchronized long untilIdle(long now, long patience, long busyWait) {
    return busy > 0 ? busyWait : lastEnd + patience - now;
  }

  /** Whether it has been silent for longer than this. */
  synchronized boolean silentFor(long nanos, long now) {
    return busy == 0 && ended && now - lastEnd > nanos;
  }
}
