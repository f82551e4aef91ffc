// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import org.eclipse.jetty.io.Connection;

/** One connection of Jetty's: what it has brought, and how long to wait for more. */
final class JettyLine {
  private final Connection connection;
  private final Line line = new Line();
  private final long opened = System.nanoTime();

  // All guarded by this; held for a few instructions. What is asked of the connection is a counter.
  private int busy;
  private boolean used;
  private boolean last;
  private long bytesKnown;
  private long readingSince;

  JettyLine(Connection connection) {
    this.connection = connection;
  }

  Connection connection() {
    return connection;
  }

  long longestPause() {
    return line.longestPause();
  }

  /** A request has arrived. */
  synchronized void begin(long now) {
    line.begin(now);
    busy++;
    used = true;
    readingSince = 0;
  }

  /**
   * Its answer is written.
   *
   * @param isLast whether the connection brings no more
   */
  synchronized void end(long now, boolean isLast) {
    line.end(now);
    busy--;
    last |= isLast;
    bytesKnown = connection.getBytesIn();
  }

  /**
   * How long to wait before it counts as idle.
   *
   * @param patience how long it must have been silent
   * @param cap the longest silence
   * @return nanoseconds, 0 or less if it is idle
   */
  synchronized long untilIdle(long now, long patience, long cap) {
    if (last) {
      return 0;
    }
    if (busy > 0) {
      return cap;
    }
    if (connection.getBytesIn() != bytesKnown) {
      // Part of a request: its rest is waited for, but no longer than a silence may last.
      readingSince = readingSince == 0 ? now : readingSince;
      return readingSince + cap - now;
    }
    return used ? line.untilIdle(now, patience, cap) : opened + patience - now;
  }
}
