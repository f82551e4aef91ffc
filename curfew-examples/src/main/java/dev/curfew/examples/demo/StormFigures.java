// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The sums of a storm. Used by one thread. */
final class StormFigures {
  private final Map<Round.Reached, Integer> reached = new EnumMap<>(Round.Reached.class);
  private final Map<Round.Reached, Integer> endedByJvm = new EnumMap<>(Round.Reached.class);
  private final List<Double> seconds = new ArrayList<>();
  private int wrong;
  private long requestsSent;
  private long requestsLost;
  private long requestsLostNew;
  private long accepted;
  private long delivered;
  private long dead;
  private long queued;
  private long lost;

  void add(Round round) {
    reached.merge(round.reached(), 1, Integer::sum);
    seconds.add(round.took().toNanos() / 1e9);
    if (round.endedByJvm()) {
      endedByJvm.merge(round.reached(), 1, Integer::sum);
    }
    wrong += round.wrong().isEmpty() ? 0 : 1;
    requestsSent += round.requests().sent();
    requestsLost += round.requests().lost();
    requestsLostNew += round.requests().lostNew();
    accepted += round.jobs().accepted();
    delivered += round.jobs().delivered().size();
    dead += round.jobs().dead().size();
    queued += round.jobs().queued().size();
    lost += round.jobs().lost().size();
  }

  /** How many rounds were not as they must be. */
  int wrong() {
    return wrong;
  }

  /** The figures for people. */
  List<String> lines() {
    return List.of(
        "  stopped   "
            + reached.getOrDefault(Round.Reached.JVM, 0)
            + " before main began, "
            + reached.getOrDefault(Round.Reached.MAIN, 0)
            + " between its first line and set-up, "
            + reached.getOrDefault(Round.Reached.SET_UP, 0)
            + " in set-up, "
            + reached.getOrDefault(Round.Reached.SERVING, 0)
            + " under load",
        "            "
            + endedByJvm.getOrDefault(Round.Reached.JVM, 0)
            + " and "
            + endedByJvm.getOrDefault(Round.Reached.MAIN, 0)
            + " of the first two ended by the JVM's own handler (exit 143): Curfew had not begun",
        "  requests  "
            + requestsSent
            + " sent, "
            + requestsLost
            + " lost; and "
            + requestsLostNew
            + " on connections that were opened while the socket closed",
        "  jobs      "
            + accepted
            + " accepted = "
            + delivered
            + " delivered + "
            + dead
            + " refused for good + "
            + queued
            + " in the queue + "
            + lost
            + " lost",
        String.format(
            Locale.ROOT,
            "  seconds   from SIGTERM to exit: median %.2f, 99 of 100 within %.2f, slowest %.2f",
            percentile(50),
            percentile(99),
            percentile(100)));
  }

  /** The line that every storm ends with. */
  String lastLine() {
    return String.format(
        Locale.ROOT,
        "STORM rounds=%d wrong=%d requests_lost=%d jobs_accepted=%d jobs_delivered=%d"
            + " jobs_queued=%d jobs_lost=%d ended_by_jvm=%d slowest_seconds=%.2f",
        seconds.size(),
        wrong,
        requestsLost,
        accepted,
        delivered,
        queued,
        lost,
        endedByJvm.values().stream().mapToInt(Integer::intValue).sum(),
        percentile(100));
  }

  private double percentile(int percent) {
    List<Double> sorted = seconds.stream().sorted().toList();
    int index = (int) Math.ceil(sorted.size() * percent / 100.0) - 1;
    return sorted.isEmpty() ? 0 : sorted.get(Math.max(0, index));
  }
}
