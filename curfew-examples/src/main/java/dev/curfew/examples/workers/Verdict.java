// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.worker.queue.JobView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** What became of each job, and what of that must not be. */
final class Verdict {
  /** How much longer than its curfew a stop may take: a JVM ends, and a machine is busy. */
  private static final long STOP_MARGIN = 500;

  /** By when a job that was left behind in a stop is due, after the end of its process. */
  private static final long LEFT_BEHIND = 2_000;

  /** The longest pause before a failed attempt is tried again, and before a throttled one. */
  private static final long BACKOFF = 300;

  private final Weather weather;
  private final Waits waits;

  /** Jobs that the driver has requeued: their attempts begin at 1 again. */
  private final Set<UUID> requeued;

  private final Map<UUID, List<Attempt>> byJob = new HashMap<>();
  private final Map<UUID, JobView> dead = new HashMap<>();

  private final List<String> wrong = new ArrayList<>();
  private final Map<String, Integer> again = new TreeMap<>();
  private int effects;
  private int lost;
  private int interrupted;
  private long slowestRedelivery;
  private long longestWait;

  Verdict(
      Map<UUID, JobSource.Accepted> accepted,
      List<Event> events,
      List<JobView> deadLetters,
      Set<UUID> requeued,
      Weather weather) {
    this.weather = weather;
    this.requeued = requeued;
    List<Attempt> attempts = Attempt.of(events, weather);
    waits = new Waits(weather, events, attempts);
    attempts.forEach(one -> byJob.computeIfAbsent(one.job(), id -> new ArrayList<>()).add(one));
    deadLetters.forEach(letter -> dead.put(letter.id(), letter));
    accepted.forEach(this::judge);
    wrong.addAll(Overlaps.among(attempts, weather));
    weather.all().stream()
        .filter(one -> one.type() == Disturbance.Type.TERM)
        .forEach(stop -> judgeStop(stop, attempts));
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

  /** How many attempts were begun after one that had its effect, by why. */
  Map<String, Integer> again() {
    return again;
  }

  /** How many attempts a stop has interrupted. */
  int interrupted() {
    return interrupted;
  }

  /** From the kill of a process to the next attempt of a job that ran in it, in milliseconds. */
  long slowestRedelivery() {
    return slowestRedelivery;
  }

  /** The longest that a job was due while a worker was idle, in milliseconds. */
  long longestWait() {
    return longestWait;
  }

  Waits waits() {
    return waits;
  }

  // ---- each job

  private void judge(UUID job, JobSource.Accepted accepted) {
    List<Attempt> history = byJob.getOrDefault(job, List.of());
    long done = history.stream().filter(Attempt::hasEffect).count();
    effects += (int) done;
    if (accepted.kind().dies()) {
      judgeDead(job, accepted.kind(), history);
    } else if (done == 0) {
      lost++;
      JobView letter = dead.get(job);
      wrong.add(
          "lost: "
              + what(job, accepted.kind(), history)
              + (letter == null ? "" : "\n      it is dead: " + letter.lastError()));
    } else if (dead.containsKey(job)) {
      wrong.add("dead, though it was done: " + what(job, accepted.kind(), history));
    }
    long due = accepted.due();
    for (int i = 0; i < history.size(); i++) {
      Attempt one = history.get(i);
      judgeWait(due, one, history);
      if (i + 1 < history.size()) {
        judgeNext(one, history.get(i + 1), history);
      }
      due = nextDue(one);
    }
  }

  private void judgeDead(UUID job, Kind kind, List<Attempt> history) {
    JobView letter = dead.get(job);
    if (letter == null) {
      lost++;
      wrong.add("no dead letter: " + what(job, kind, history));
    } else if (kind == Kind.CRASH && letter.crashes() != 3) {
      wrong.add("dead after " + letter.crashes() + " crashes: " + what(job, kind, history));
    }
  }

  private void judgeNext(Attempt one, Attempt next, List<Attempt> history) {
    if (one.hasEffect()) {
      String why = weather.whyAgain(one).orElse("");
      if (why.isEmpty()) {
        wrong.add("begun again without a reason: " + what(one.job(), one.kind(), history));
      } else {
        again.merge(why, 1, Integer::sum);
      }
    }
    if (one.how() == null && one.kind() != Kind.STUBBORN && !requeued.contains(one.job())) {
      slowestRedelivery = Math.max(slowestRedelivery, next.begin() - one.end());
    }
    boolean spent = one.how() == Event.Type.FAILED;
    if (one.how() == Event.Type.INTERRUPTED) {
      interrupted++;
    }
    if (!weather.isDisturbed(one)
        && !one.hasEffect()
        && one.how() != null
        && !requeued.contains(one.job())) {
      int expected = one.number() + (spent ? 1 : 0);
      int most = expected + weather.losses(one.end(), next.begin());
      if (next.number() < expected || next.number() > most) {
        wrong.add(
            "attempt "
                + next.number()
                + " after "
                + one.how()
                + " of attempt "
                + one.number()
                + ": "
                + what(one.job(), one.kind(), history));
      }
    }
  }

  /** Nothing waits for long while somebody is idle. */
  private void judgeWait(long due, Attempt one, List<Attempt> history) {
    if (due == Long.MAX_VALUE || requeued.contains(one.job())) {
      return;
    }
    long wait = waits.longestIdle(due, one.begin());
    longestWait = Math.max(longestWait, wait);
    if (wait > Waits.MARGIN) {
      wrong.add(
          "due since "
              + due
              + ", "
              + wait
              + " ms of which somebody was idle: "
              + what(one.job(), one.kind(), history));
    }
  }

  /** When the job is due again, at the latest; never, if nothing can be said. */
  private static long nextDue(Attempt one) {
    if (one.how() == null) {
      return one.end() == Long.MAX_VALUE ? Long.MAX_VALUE : one.end() + LEFT_BEHIND;
    }
    return switch (one.how()) {
      case INTERRUPTED -> one.end();
      case FAILED -> one.end() + BACKOFF;
      case POSTPONED -> one.kind() == Kind.LIMITED ? Long.MAX_VALUE : one.end() + BACKOFF;
      case READY, BEGIN, EFFECT -> Long.MAX_VALUE;
    };
  }

  // ---- stops

  private void judgeStop(Disturbance stop, List<Attempt> attempts) {
    List<Attempt> own = attempts.stream().filter(one -> one.pid() == stop.pid()).toList();
    boolean stubborn =
        own.stream().anyMatch(one -> one.kind() == Kind.STUBBORN && one.end() >= stop.from());
    boolean away = weather.queueWasAway(stop.from(), stop.to());
    String process = "process " + stop.pid();
    if (stop.exitCode() != 0 && !(stop.exitCode() == 75 && (stubborn || away))) {
      wrong.add(process + " ended a stop with " + stop.exitCode() + ", expected 0");
    }
    if (stop.took() > StormWorker.CURFEW.toMillis() + STOP_MARGIN) {
      wrong.add(process + " took " + stop.took() + " ms to stop");
    }
    for (Attempt one : own) {
      if (one.how() == null && one.kind() != Kind.STUBBORN && !requeued.contains(one.job())) {
        wrong.add(process + " has ended with " + stop.exitCode() + ", and left " + one);
      }
    }
  }

  // ---- words

  private static String what(UUID job, Kind kind, List<Attempt> history) {
    StringBuilder text = new StringBuilder(kind.name().toLowerCase(Locale.ROOT) + " " + job);
    for (Attempt one : history) {
      text.append("\n      attempt ").append(one.number()).append(" in ").append(one.pid());
      text.append(": ").append(one.begin()).append(" to ").append(one.end()).append(' ');
      text.append(one.how() == null ? "cut" : one.how());
    }
    return text.toString();
  }
}
