// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests. Written and read by any thread. */
final class Tally {
  /** How a request ended. */
  enum End {
    ANSWERED,
    FAILED,
    REFUSED,
    UNANSWERED,
    GONE
  }

  /** Complete from the start, so that only the adders change. */
  private final Map<End, LongAdder> ends = new EnumMap<>(End.class);

  private final LongAdder taken = new LongAdder();
  private final LongAdder unclosed = new LongAdder();

  Tally() {
    for (End end : End.values()) {
      ends.put(end, new LongAdder());
    }
  }

  void take() {
    taken.increment();
  }

  void end(End end) {
    adder(end).increment();
  }

  void unclosed() {
    unclosed.increment();
  }

  /**
   * The count, where what is in flight is either open or, once the server has ended, lost.
   *
   * @param serverEnded whether nothing can be answered any more
   */
  HttpCount count(boolean serverEnded) {
    // Ends first: a request that is taken and ends in between counts as in flight, never as minus
    // 1.
    long answered = sum(End.ANSWERED);
    long failed = sum(End.FAILED);
    long refused = sum(End.REFUSED);
    long unanswered = sum(End.UNANSWERED);
    long gone = sum(End.GONE);
    long all = taken.sum();
    long open = all - answered - failed - refused - unanswered - gone;
    return new HttpCount(
        all,
        answered,
        failed,
        refused,
        serverEnded ? unanswered + open : unanswered,
        gone,
        serverEnded ? 0 : open,
        unclosed.sum());
  }

  private long sum(End end) {
    return adder(end).sum();
  }

  private LongAdder adder(End end) {
    return Objects.requireNonNull(ends.get(end), "adder");
  }
}
