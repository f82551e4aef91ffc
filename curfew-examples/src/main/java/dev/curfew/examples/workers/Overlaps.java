// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Attempts that ran at once and must not: of one job, or of one unique key. */
final class Overlaps {
  private Overlaps() {}

  static List<String> among(List<Attempt> attempts, Weather weather) {
    Map<String, List<Attempt>> running = new HashMap<>();
    List<String> wrong = new ArrayList<>();
    for (Attempt next : attempts) { // In the order in which they began.
      String what = next.kind() == Kind.UNIQUE ? "unique key " + next.key() : "job " + next.job();
      List<Attempt> those = running.computeIfAbsent(what, w -> new ArrayList<>());
      those.removeIf(one -> one.end() <= next.begin());
      for (Attempt one : those) {
        // Who has lost its lease does not know it before it looks.
        if (!weather.isDisturbed(one)) {
          wrong.add("two of " + what + " ran at once:\n      " + one + "\n      " + next);
        }
      }
      those.add(next);
    }
    return wrong;
  }
}
