// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One run of a handler, as its process has noted it.
 *
 * @param number of the attempt, by the queue
 * @param begin milliseconds of the wall clock
 * @param end the same; when its process was last known to live, if nothing was noted
 * @param how it ended; null if its process went before that, or left it behind
 */
record Attempt(
    UUID job,
    Kind kind,
    String key,
    long pid,
    int number,
    long begin,
    long end,
    Event.@Nullable Type how) {
  boolean hasEffect() {
    return how == Event.Type.EFFECT;
  }

  /** All attempts, in the order in which they began. */
  static List<Attempt> of(List<Event> events, Weather weather) {
    List<Attempt> attempts = new ArrayList<>();
    Map<String, Integer> open = new HashMap<>();
    // A process may be frozen between the moment that it notes and the line in the file.
    List<Event> inOrder = new ArrayList<>(events);
    inOrder.sort(Comparator.comparingLong(Event::millis));
    for (Event event : inOrder) {
      String who = event.job() + " " + event.pid();
      if (event.type() == Event.Type.BEGIN) {
        open.put(who, attempts.size());
        attempts.add(begun(event, weather.endOf(event.pid())));
      } else if (event.type() != Event.Type.READY) {
        Integer index = open.remove(who);
        if (index != null) {
          attempts.set(index, attempts.get(index).ended(event));
        }
      }
    }
    return attempts;
  }

  private static Attempt begun(Event event, long endOfProcess) {
    return new Attempt(
        event.job(),
        event.kind(),
        event.key(),
        event.pid(),
        event.attempt(),
        event.millis(),
        endOfProcess,
        null);
  }

  private Attempt ended(Event event) {
    return new Attempt(job, kind, key, pid, number, begin, event.millis(), event.type());
  }
}
