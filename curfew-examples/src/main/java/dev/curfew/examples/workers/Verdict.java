// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.worker.queue.JobView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What became of each job, and what of that must not be. */
final class Verdict {
  /** How long after its effect a job may have been in flight still: machines stall. */
  private static final long IN_FLIGHT = 2_000;

  private final List<Disturbance> disturbances;
  private final Map<UUID, List<Event>> byJob = new HashMap<>();
  private final Map<UUID, JobView> dead = new HashMap<>();

  private final List<String> wrong = new ArrayList<>();
  private final Map<String, Integer> duplicates = new java.util.TreeMap<>();
  private int effects;
  private int lost;

  Verdict(
      Map<UUID, Kind> put,
      List<Event> events,
      List<JobView> deadLetters,
      List<Disturbance> disturbances) {
    this.disturbances = disturbances;
    for (Event event : events) {
      byJob.computeIfAbsent(event.job(), id -> new ArrayList<>()).add(event);
    }
    deadLetters.forEach(letter -> dead.put(letter.id(), letter));
    put.forEach(this::judge);
    judgeUniqueKeys(events);
    judgeStops(events);
  }

  List<String> wrong() {
    return wrong;
  }

  int effects() {
    return effects;
  }

  int lost() {
    return lost;
  }

  /** How many jobs had their effect twice, by why. */
  Map<String, Integer> duplicates() {
    return duplicates;
  }

  // ---- each job

  private void judge(UUID job, Kind kind) {
    List<Event> history = byJob.getOrDefault(job, List.of());
    List<Event> done = history.stream().filter(event -> event.type() == Event.Type.EFFECT).toList();
    effects += done.size();
    if (kind.dies()) {
      judgeDead(job, kind, history);
    } else if (done.isEmpty()) {
      lost++;
      wrong.add(
          "lost: "
              + what(job, kind, history)
              + (dead.containsKey(job) ? "; it is dead: " + dead.get(job).lastError() : ""));
    } else if (dead.containsKey(job)) {
      wrong.add("dead, though it was done: " + what(job, kind, history));
    }
    if (done.size() > 1) {
      judgeDuplicate(done, history);
    }
    judgeAttempts(history);
  }

  private void judgeDead(UUID job, Kind kind, List<Event> history) {
    JobView letter = dead.get(job);
    if (letter == null) {
      wrong.add("no dead letter: " + what(job, kind, history));
    } else if (kind == Kind.CRASH && letter.crashes() < 3) {
      wrong.add("dead after " + letter.crashes() + " crashes: " + what(job, kind, history));
    }
  }

  /**
   * Its effect is there twice: why? One who had it was killed before it could say so, or was frozen
   * and went on after another had taken over.
   */
  private void judgeDuplicate(List<Event> done, List<Event> history) {
    for (Event effect : done) {
      String reason = reason(effect);
      if (reason != null) {
        duplicates.merge(reason, done.size() - 1, Integer::sum);
        return;
      }
    }
    Event effect = done.getFirst();
    wrong.add("done twice, without a reason: " + what(effect.job(), effect.kind(), history));
  }

  private @Nullable String reason(Event effect) {
    for (Disturbance one : disturbances) {
      boolean concerns = one.pid() == effect.pid() || one.type().isOfServer();
      boolean near =
          effect.millis() >= one.from() - IN_FLIGHT && effect.millis() <= one.to() + IN_FLIGHT;
      if (concerns && near && !one.isGraceful()) {
        return one.type().name().toLowerCase(Locale.ROOT);
      }
      if (concerns && near && effect.kind() == Kind.STUBBORN) {
        return "stubborn in a stop";
      }
    }
    return null;
  }

  /** After an interruption the same attempt begins again; where nothing else happened to it. */
  private void judgeAttempts(List<Event> history) {
    for (int i = 0; i < history.size(); i++) {
      Event end = history.get(i);
      if (end.type() != Event.Type.INTERRUPTED || isDisturbed(end)) {
        continue;
      }
      for (Event next : history.subList(i + 1, history.size())) {
        if (next.type() == Event.Type.BEGIN) {
          if (next.attempt() != end.attempt()) {
            wrong.add(
                "an interruption has spent an attempt: " + what(end.job(), end.kind(), history));
          }
          break;
        }
      }
    }
  }

  /** Whether its process had more to suffer than a stop. */
  private boolean isDisturbed(Event event) {
    for (Disturbance one : disturbances) {
      if (one.isGraceful()) {
        continue;
      }
      if (one.pid() == event.pid()
          || (one.type().isOfServer()
              && event.millis() >= one.from() - IN_FLIGHT
              && event.millis() <= one.to() + 5 * IN_FLIGHT)) {
        return true;
      }
    }
    return false;
  }

  // ---- unique keys

  private void judgeUniqueKeys(List<Event> events) {
    Map<String, List<Event>> byKey = new HashMap<>();
    for (Event event : events) {
      if (event.kind() == Kind.UNIQUE) {
        byKey.computeIfAbsent(event.key(), key -> new ArrayList<>()).add(event);
      }
    }
    byKey.forEach((key, history) -> {
      history.sort(Comparator.comparingLong(Event::millis));
      Set<UUID> running = new TreeSet<>();
      for (Event event : history) {
        if (event.type() != Event.Type.BEGIN) {
          running.remove(event.job());
          continue;
        }
        running.removeIf(other -> endedItsProcess(other, event.millis()));
        running.add(event.job());
        if (running.size() > 1) {
          wrong.add("two jobs with the unique key " + key + " ran at once: " + running);
        }
      }
    });
  }

  /** Whether the last process of this job was disturbed by then: no end of it was seen. */
  private boolean endedItsProcess(UUID job, long by) {
    List<Event> history = byJob.getOrDefault(job, List.of());
    long pid = 0;
    for (Event event : history) {
      if (event.millis() <= by && event.type() == Event.Type.BEGIN) {
        pid = event.pid();
      }
    }
    long last = pid;
    return disturbances.stream().anyMatch(one -> one.pid() == last && one.from() <= by);
  }

  // ---- stops

  private void judgeStops(List<Event> events) {
    for (Disturbance stop : disturbances) {
      if (stop.type() != Disturbance.Type.TERM) {
        continue;
      }
      boolean stubborn = ranStubborn(events, stop);
      if (stop.exitCode() != 0 && !(stop.exitCode() == 75 && stubborn)) {
        boolean server =
            disturbances.stream()
                .anyMatch(one ->
                    one.type().isOfServer()
                        && one.from() <= stop.to()
                        && one.to() >= stop.from() - IN_FLIGHT);
        if (!server) {
          wrong.add(
              "process " + stop.pid() + " ended a stop with " + stop.exitCode() + ", expected 0");
        }
      }
      if (stop.took() > StormWorker.CURFEW.toMillis() + 3_000) {
        wrong.add("process " + stop.pid() + " took " + stop.took() + " ms to stop");
      }
    }
  }

  private static boolean ranStubborn(List<Event> events, Disturbance stop) {
    return events.stream()
        .anyMatch(event ->
            event.pid() == stop.pid()
                && event.kind() == Kind.STUBBORN
                && event.type() == Event.Type.BEGIN
                && event.millis() >= stop.from() - 5_000);
  }

  // ---- words

  private static String what(UUID job, Kind kind, List<Event> history) {
    StringBuilder text = new StringBuilder(kind.name().toLowerCase(Locale.ROOT) + " " + job);
    for (Event event : history) {
      text.append("\n      ").append(event.millis()).append(' ').append(event.type());
      text.append(" attempt ").append(event.attempt()).append(" pid ").append(event.pid());
    }
    return text.toString();
  }

  /** How many disturbances of each kind there were. */
  static Map<Disturbance.Type, Integer> count(List<Disturbance> disturbances) {
    Map<Disturbance.Type, Integer> counts = new EnumMap<>(Disturbance.Type.class);
    disturbances.forEach(one -> counts.merge(one.type(), 1, Integer::sum));
    return counts;
  }
}
