// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids that grow with time: UUIDs of version 7 (RFC 9562), with 12 bits that count within a
 * millisecond, so that those of one process are ordered as they were made.
 */
final class JobIds {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** The last time and count: milliseconds, then 12 bits. */
  private static final AtomicLong LAST = new AtomicLong();

  private JobIds() {}

  static UUID next() {
    long now = System.currentTimeMillis() << 12;
    // More than 4096 in a millisecond, or a clock that went back, borrow from the future.
    long stamp = LAST.updateAndGet(last -> Math.max(last + 1, now));
    long high = (stamp >>> 12 << 16) | 0x7000 | (stamp & 0xfff);
    long low = (RANDOM.nextLong() >>> 2) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }
}
