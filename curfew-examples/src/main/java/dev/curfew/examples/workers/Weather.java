// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What was done to whom, and what that explains. */
final class Weather {
  /** From an effect until the queue knows of it, at most, on a machine that is busy. */
  static final long SETTLE = 750;

  /** From the return of a server until every worker has found it: the longest pause, and a beat. */
  static final long RETURN = 3_000;

  private final List<Disturbance> all;

  /** In one file whoever is frozen may hold its only lock, and so disturb the others. */
  private final boolean oneFile;

  private final Map<Long, Long> ends = new HashMap<>();

  Weather(List<Disturbance> all, boolean oneFile) {
    this.all = List.copyOf(all);
    this.oneFile = oneFile;
    for (Disturbance one : all) {
      if (one.exitCode() >= 0) {
        ends.put(one.pid(), one.type().kills() ? one.at() : one.to());
      }
    }
  }

  List<Disturbance> all() {
    return all;
  }

  /** When the process was last known to live. */
  long endOf(long pid) {
    return ends.getOrDefault(pid, Long.MAX_VALUE);
  }

  /** Why this attempt, which had its effect, was followed by another; empty if there is none. */
  Optional<String> whyAgain(Attempt done) {
    for (Disturbance one : all) {
      if (explains(one, done)) {
        return Optional.of(name(one, done));
      }
    }
    return Optional.empty();
  }

  private static String name(Disturbance one, Attempt done) {
    if (one.type() == Disturbance.Type.TERM) {
      return "stubborn in a stop";
    }
    String type = one.type().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return one.pid() != 0 && one.pid() != done.pid() ? type + " of the file's lock" : type;
  }

  private boolean explains(Disturbance one, Attempt done) {
    long effect = done.end();
    boolean own = one.pid() == done.pid();
    return switch (one.type()) {
      // Left behind, because it did not answer its cancel.
      case TERM -> own && done.kind() == Kind.STUBBORN && effect >= one.from();
      // In flight: the queue had not heard of the effect yet.
      case KILL, TERM_THEN_KILL, CRASH ->
          own && one.at() - effect <= SETTLE + hindered(effect, one.at());
      case FREEZE ->
          (own ? done.begin() <= one.at() : oneFile && done.begin() <= one.to())
              && effect >= one.from() - SETTLE
              && (effect <= one.to() + SETTLE || deaf(done));
      case RESTART_SERVER, CRASH_SERVER, CUT_CONNECTIONS ->
          done.begin() <= one.to()
              && effect >= one.from() - SETTLE
              && (effect <= one.to() + RETURN || deaf(done));
    };
  }

  /** Whether it hears of a lost lease only when it has ended. */
  private static boolean deaf(Attempt attempt) {
    return attempt.kind() == Kind.STUBBORN;
  }

  /** For how much of this time the queue may not have been reached. */
  private long hindered(long from, long to) {
    long sum = 0;
    for (Disturbance one : all) {
      if (one.type().isOfServer()) {
        sum += Math.max(0, Math.min(to, one.to() + RETURN) - Math.max(from, one.from()));
      } else if (one.type() == Disturbance.Type.FREEZE && oneFile) {
        sum += Math.max(0, Math.min(to, one.to() + SETTLE) - Math.max(from, one.from()));
      }
    }
    return sum;
  }

  /**
   * Whether more than a stop has befallen this attempt, from its begin until the queue knew of its
   * end.
   */
  boolean isDisturbed(Attempt attempt) {
    long end = attempt.end() + SETTLE;
    for (Disturbance one : all) {
      boolean own = one.pid() == attempt.pid();
      if (own && one.type().kills() && one.at() <= end + hindered(attempt.end(), one.at())) {
        return true;
      }
      if (one.type() == Disturbance.Type.FREEZE
          && (own || oneFile)
          && attempt.begin() <= one.to() + SETTLE
          && end >= one.from()) {
        return true;
      }
      if (one.type().isOfServer() && attempt.begin() <= one.to() + RETURN && end >= one.from()) {
        return true;
      }
    }
    return false;
  }

  /** How many claims may have been lost in this time, each of which has spent an attempt. */
  int losses(long from, long to) {
    int losses = 0;
    for (Disturbance one : all) {
      if (one.type() != Disturbance.Type.TERM && one.at() <= to && one.to() + RETURN >= from) {
        losses++;
      }
    }
    return losses;
  }

  /** Whether a server, or the lock of the file, was away in this time. */
  boolean queueWasAway(long from, long to) {
    return all.stream()
        .anyMatch(one ->
            (one.type().isOfServer() || (oneFile && one.type() == Disturbance.Type.FREEZE))
                && one.from() <= to
                && one.to() + RETURN >= from);
  }
}
