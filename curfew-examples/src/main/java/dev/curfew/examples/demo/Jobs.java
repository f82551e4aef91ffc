// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What became of the jobs that the service had answered with 202. Each is in one of the first lists
 * only.
 *
 * @param accepted how many there were
 * @param delivered those whose effect the upstream has seen
 * @param dead those that can never be done: dead letters
 * @param queued those that the queue still has, for the next start
 * @param lost those that nobody knows about
 * @param unanswered how many were delivered although their 202 never came
 * @param repeated those whose effect was seen more than once
 * @param duplicates how many effects were seen more than once
 * @param unexplained those of the repeated that were not in hand when a process was killed, or that
 *     came with another idempotency key
 */
record Jobs(
    int accepted,
    List<String> delivered,
    List<String> dead,
    List<String> queued,
    List<String> lost,
    int unanswered,
    List<String> repeated,
    int duplicates,
    List<String> unexplained) {
  /**
   * Counts.
   *
   * @param left what the queue still has
   * @param inHand what was in hand when a process was killed
   */
  static Jobs account(
      Set<String> accepted, List<Call> calls, Left left, Collection<String> inHand) {
    Map<String, List<Call>> effects =
        calls.stream()
            .filter(call -> call.is(Call.Outcome.DONE))
            .collect(Collectors.groupingBy(Call::job));
    Set<String> open = new TreeSet<>(accepted);
    List<String> delivered = take(open, effects.keySet());
    Map<String, List<Call>> repeated = new TreeMap<>(effects);
    repeated.values().removeIf(each -> each.size() == 1);
    return new Jobs(
        accepted.size(),
        delivered,
        take(open, left.dead()),
        take(open, left.queued()),
        List.copyOf(open),
        effects.size() - delivered.size(),
        List.copyOf(repeated.keySet()),
        repeated.values().stream().mapToInt(each -> each.size() - 1).sum(),
        repeated.entrySet().stream()
            .filter(each -> !inHand.contains(each.getKey()) || keys(each.getValue()) > 1)
            .map(Map.Entry::getKey)
            .toList());
  }

  private static long keys(List<Call> calls) {
    return calls.stream().map(Call::key).distinct().count();
  }

  private static List<String> take(Set<String> open, Collection<String> listed) {
    return listed.stream().filter(open::remove).sorted().toList();
  }

  boolean addsUp() {
    return accepted == delivered.size() + dead.size() + queued.size() + lost.size();
  }
}
