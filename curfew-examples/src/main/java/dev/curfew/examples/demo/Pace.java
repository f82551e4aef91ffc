// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/** How many calls, and how many tokens, came to the upstream in the second that had the most. */
record Pace(int calls, int tokens) {
  private static final long SECOND = 1_000;

  static Pace of(List<Call> calls) {
    Deque<Call> second = new ArrayDeque<>();
    int most = 0;
    int mostTokens = 0;
    int tokens = 0;
    for (Call call : calls.stream().sorted(Comparator.comparingLong(Call::millis)).toList()) {
      second.addLast(call);
      tokens += call.tokens();
      while (call.millis() - second.getFirst().millis() >= SECOND) {
        tokens -= second.removeFirst().tokens();
      }
      most = Math.max(most, second.size());
      mostTokens = Math.max(mostTokens, tokens);
    }
    return new Pace(most, mostTokens);
  }
}
