// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What both databases keep in their rows. */
final class Rows {
  /** The state of a job that is due, of one that will be, and so on. */
  static final String DUE = "due";

  static final String LATER = "later";
  static final String RUNNING = "running";
  static final String DEAD = "dead";

  /** The most characters of an error that are kept. */
  static final int LONGEST_TEXT = 2000;

  /** As the database orders ids: by their bytes, unsigned. */
  static final Comparator<UUID> BY_ID =
      (a, b) -> {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0
            ? high
            : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
      };

  private Rows() {}

  /** A claim and what it is ordered by. */
  record Claimed(Claim claim, Instant due) {}

  /** The database returns claims in any order. */
  static List<Claim> ordered(List<Claimed> claimed) {
    claimed.sort(
        Comparator.comparingInt((Claimed one) -> -one.claim().priority())
            .thenComparing(Claimed::due)
            .thenComparing(one -> one.claim().id(), BY_ID));
    List<Claim> claims = new ArrayList<>(claimed.size());
    claimed.forEach(one -> claims.add(one.claim()));
    return claims;
  }

  /**
   * What a settlement does to its row.
   *
   * @param key of the claim
   * @param state the new one; null if the row goes
   * @param delay milliseconds until it is due; null if that stays as it was
   * @param unspent 1 if the attempt is not counted
   * @param interrupted 1 if it counts as an interruption
   * @param why the error; null if that stays as it was
   */
  record Change(
      Store.Key key,
      @Nullable String state,
      @Nullable Long delay,
      int unspent,
      int interrupted,
      @Nullable String why) {
    static Change of(Settlement settlement) {
      Store.Key key = Store.Key.of(settlement.claim());
      return switch (settlement.outcome()) {
        case JobOutcome.Done done -> new Change(key, null, null, 0, 0, null);
        case JobOutcome.GiveBack back -> {
          long delay = millis(back.delay());
          // One that nobody has begun keeps its place among those due.
          Long due = delay == 0 && !back.begun() ? null : (Long) delay;
          yield new Change(key, waiting(delay), due, 1, back.begun() ? 1 : 0, null);
        }
        case JobOutcome.RetryAfter retry -> {
          long delay = millis(retry.delay());
          yield new Change(key, waiting(delay), delay, retry.spent() ? 0 : 1, 0, text(retry.why()));
        }
        case JobOutcome.Dead dead -> new Change(key, DEAD, null, 0, 0, text(dead.why()));
      };
    }

    /** Each claim once, ordered by id, so that no two settles wait for each other. */
    static List<Change> of(List<Settlement> settlements) {
      List<Change> changes = new ArrayList<>(settlements.size());
      Set<Store.Key> seen = new HashSet<>();
      for (Settlement settlement : settlements) {
        if (seen.add(Store.Key.of(settlement.claim()))) {
          changes.add(of(settlement));
        }
      }
      changes.sort(Comparator.comparing(change -> change.key().id(), BY_ID));
      return changes;
    }

    /** The same, with errors in letters that every database can store. */
    static List<Change> inAscii(List<Change> changes) {
      List<Change> plain = new ArrayList<>(changes.size());
      for (Change one : changes) {
        String why = one.why == null ? null : one.why.replaceAll("[^\\x00-\\x7f]", "?");
        plain.add(new Change(one.key, one.state, one.delay, one.unspent, one.interrupted, why));
      }
      return plain;
    }

    /** Whether others may claim it at once. */
    boolean isDue() {
      return DUE.equals(state);
    }
  }

  static String waiting(long delayMillis) {
    return delayMillis > 0 ? LATER : DUE;
  }

  /** Whole milliseconds, rounded up, so that nothing is due too early. */
  static long millis(Duration delay) {
    if (delay.isNegative() || delay.isZero()) {
      return 0;
    }
    Duration century = Duration.ofDays(36_500);
    Duration kept = delay.compareTo(century) > 0 ? century : delay;
    return kept.plusNanos(999_999).toMillis();
  }

  /** An error as it is kept: not longer than people read, without what PostgreSQL can't store. */
  static String text(String why) {
    String clean = why.indexOf('\0') < 0 ? why : why.replace("\0", "");
    if (clean.length() <= LONGEST_TEXT) {
      return clean;
    }
    int end = LONGEST_TEXT - 1;
    if (Character.isHighSurrogate(clean.charAt(end - 1))) {
      end--;
    }
    return clean.substring(0, end) + "…";
  }

  static boolean anyDue(Collection<NewJob> jobs) {
    return jobs.stream().anyMatch(job -> millis(job.delay()) == 0);
  }

  static JobState state(String state) {
    return switch (state) {
      case RUNNING -> JobState.RUNNING;
      case DEAD -> JobState.DEAD;
      default -> JobState.WAITING;
    };
  }

  /** Who it is, or the id of one whose row is gone. */
  static @Nullable String worker(
      @Nullable String id, @Nullable String name, @Nullable String host, long pid) {
    return name == null || host == null ? id : who(name, host, pid);
  }

  static String who(String name, String host, long pid) {
    // A worker of Curfew is named so, unless it is told otherwise.
    return name.equals(host + " pid " + pid)
        ? name
        : name + " (host " + host + ", pid " + pid + ")";
  }

  /** What is said of a job whose worker has gone; {@code worker} names it. */
  static String lost(String worker) {
    return text("taken back from worker " + worker + ", whose lease had passed");
  }

  static String deadly(int limit) {
    return "; that was the "
        + limit
        + ". time, so it is dead: it may end the process that runs it. Requeue it once that is"
        + " mended";
  }
}
