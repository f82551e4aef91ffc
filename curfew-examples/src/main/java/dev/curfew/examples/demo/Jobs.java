// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What became of the jobs that the service had answered with 202. Each is in one list only.
 *
 * @param accepted how many there were
 * @param completed those whose effect the upstream has seen
 * @param failed those that the service wrote down as impossible
 * @param givenBack those that it handed back undone, for the next start
 * @param reported those that it named as still running when it let go
 * @param lost those that nobody knows about
 * @param doneTwice how many effects were seen more than once
 */
record Jobs(
    int accepted,
    List<String> completed,
    List<String> failed,
    List<String> givenBack,
    List<String> reported,
    List<String> lost,
    int doneTwice) {
  static Jobs account(
      Set<String> accepted,
      List<String> effects,
      Collection<String> failed,
      Collection<String> givenBack,
      Collection<String> reported) {
    Set<String> open = new TreeSet<>(accepted);
    return new Jobs(
        accepted.size(),
        take(open, effects),
        take(open, failed),
        take(open, givenBack),
        take(open, reported),
        List.copyOf(open),
        effects.size() - new HashSet<>(effects).size());
  }

  private static List<String> take(Set<String> open, Collection<String> listed) {
    return listed.stream().filter(open::remove).sorted().toList();
  }

  boolean addsUp() {
    return accepted
        == completed.size() + failed.size() + givenBack.size() + reported.size() + lost.size();
  }
}
