// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.StopSignal;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream allows to all who call it with one key: so many requests, and so many tokens, in
 * a time. One object for a key, shared by all workers of the process; a budget that machines share
 * is not its business.
 *
 * <pre>{@code
 * Budget budget = Budget.named("llm").requests(60, ofMinutes(1)).tokens(90_000, ofMinutes(1));
 *
 * try (Reservation reservation = budget.reserve(job, estimate)) {
 *   Answer answer = call(job);
 *   reservation.settle(answer.tokensUsed());
 * }
 * }</pre>
 *
 * <p>Whoever reserves is served in the order of asking. It waits with its thread for up to 5 s; a
 * job that would have to wait longer goes back to its queue meanwhile, and what it asked for is
 * kept for it until a minute after its time. A wait ends at once when the stop signal is set, or
 * the thread is interrupted: what was reserved is free again then, and nothing leaks.
 *
 * <p>What asks for more tokens than there are at once waits until there are as many as can be, and
 * leaves the rest as a debt, which those after it wait for. Nobody waits for ever.
 *
 * <p>A budget is a token bucket, which begins full and fills all the time: after a rest as much as
 * it holds may go at once, and what comes in meanwhile beside that. Where an upstream counts within
 * a window, give this half of what the window allows. All methods may be called from any thread.
 */
public final class Budget {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
  private static final long SHORTEST_NAP = 50;
  private static final long LONGEST_NAP = 500;
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** No debt and no pause is longer: they are counted in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(3_650);

  private final String name;
  private final @Nullable Limit requests;
  private final @Nullable Limit tokens;

  /** What is kept for jobs that wait in their queue. */
  private final Map<UUID, Place> bookings = new ConcurrentHashMap<>();

  /** Held for moments, across nothing that waits. */
  private final Object gate = new Object();

  /** Until when nobody calls. Guarded by the gate. */
  private Deadline pausedUntil = Deadline.in(Duration.ZERO);

  /** The sum of all pauses, in nanoseconds: each makes all places later. Guarded by the gate. */
  private long pauses;

  /** A bucket, how much fits, and what is waited for. Guarded by the gate of its budget. */
  private static final class Limit {
    private final Bucket bucket;
    private final long capacity;
    private final double nanosEach;

    /** No debt is larger. */
    private final long most;

    /** How much was ever waited for. */
    private long queued;

    /** How much of that is waited for no more: it was taken, or somebody left. */
    private long gone;

    private Limit(Bucket bucket, long capacity, Duration in) {
      this.bucket = bucket;
      this.capacity = capacity;
      nanosEach = (double) in.toNanos() / capacity;
      most = Math.max(capacity, (long) (LONGEST.toNanos() / nanosEach));
    }

    static Limit of(String what, long most, Duration in) {
      if (most < 1 || in.isZero() || in.isNegative()) {
        throw new IllegalArgumentException(
            "Budget: " + most + " " + what + " in " + in + "; give at least 1, in a positive time");
      }
      Bucket bucket =
          Bucket.builder()
              .addLimit(limit -> limit.capacity(most).refillGreedy(most, in))
              .withNanosecondPrecision()
              .build();
      return new Limit(bucket, most, in);
    }

    /** Nanoseconds until so many are there. */
    private long until(long amount) {
      long fits = Math.min(amount, capacity);
      if (fits == 0) {
        return 0;
      }
      long nanos = bucket.estimateAbilityToConsume(fits).getNanosToWaitForRefill();
      return nanos + (long) ((amount - fits) * nanosEach);
    }

    /** Waits for them behind all who wait; nanoseconds until they are there. */
    long queue(long amount) {
      long nanos = amount == 0 ? 0 : until(queued - gone + Math.min(amount, capacity));
      queued += Math.min(amount, most);
      return nanos;
    }

    /** Waits no more. */
    void leave(long amount) {
      gone += Math.min(amount, most);
    }

    /**
     * Nanoseconds for who came when so much had been queued, if those before it are gone by turn.
     */
    long untilTurn(long before, long amount) {
      return amount == 0 ? 0 : until(Math.max(0, before - gone) + Math.min(amount, capacity));
    }

    /** Nanoseconds until they may be taken, whoever else waits. */
    long untilTaken(long amount) {
      return until(Math.min(amount, capacity));
    }

    void take(long amount) {
      if (amount > 0) {
        long unused = bucket.consumeIgnoringRateLimits(Math.min(amount, most));
      }
    }

    void giveBack(long amount) {
      if (amount > 0) {
        bucket.addTokens(Math.min(amount, most));
      }
    }

    /** Nothing comes in for so long. */
    void hold(long nanos) {
      take((long) (nanos / nanosEach));
    }

    long available() {
      return bucket.getAvailableTokens() - (queued - gone);
    }
  }

  /**
   * Where somebody waits.
   *
   * @param tokens asked for
   * @param requestsBefore how many requests had been queued before
   * @param tokensBefore how many tokens had been queued before
   * @param at its time at the latest, of the host's clock
   * @param pauses those before it
   * @param kept until when, if nobody comes for it
   */
  private record Place(
      long tokens, long requestsBefore, long tokensBefore, long at, long pauses, Deadline kept) {
    /** Its job comes back after this wait. */
    Place returning(Duration wait) {
      return new Place(
          tokens, requestsBefore, tokensBefore, at, pauses, Deadline.in(wait.plus(KEPT)));
    }
  }

  private Budget(String name, @Nullable Limit requests, @Nullable Limit tokens) {
    this.name = name;
    this.requests = requests;
    this.tokens = tokens;
  }

  /**
   * A budget without limits, to which some are added; it still knows pauses.
   *
   * @param name the key, for people to read
   * @return a budget
   */
  public static Budget named(String name) {
    return new Budget(Objects.requireNonNull(name, "name was null, expected a key"), null, null);
  }

  /**
   * Another budget of this name, with so many requests.
   *
   * @param most in this time, and at once; at least 1
   * @param in a positive time
   * @return a full budget
   * @throws IllegalArgumentException if one is out of range
   */
  public Budget requests(long most, Duration in) {
    return new Budget(name, Limit.of("requests", most, in), tokens);
  }

  /**
   * Another budget of this name, with so many tokens.
   *
   * @param most in this time, and at once; at least 1
   * @param in a positive time
   * @return a full budget
   * @throws IllegalArgumentException if one is out of range
   */
  public Budget tokens(long most, Duration in) {
    return new Budget(name, requests, Limit.of("tokens", most, in));
  }

  // ---- reserving

  /**
   * Takes one request and so many tokens for a job. Waits for up to 5 s; if it would take longer,
   * the job is due again when they are there.
   *
   * @param job whose call is about to be made
   * @param estimate tokens it may use; 0 if it uses none
   * @return what was taken, to be settled after the call
   * @throws InterruptedException if the thread was interrupted; nothing is taken
   * @throws JobException if the job goes back to its queue: throw it on
   * @throws IllegalArgumentException if the estimate is negative, or there is no limit of tokens
   */
  public Reservation reserve(Job job, long estimate) throws InterruptedException {
    check(estimate);
    Place place = bookings.remove(job.id());
    if (place != null && place.tokens != estimate) {
      leave(place.tokens);
      place = null;
    }
    if (place == null) {
      sweep();
      place = queue(estimate);
    }
    boolean over = false;
    try {
      for (Duration wait = take(place); !wait.isZero(); wait = take(place)) {
        if (wait.compareTo(LONGEST_WAIT) > 0) {
          Place other = bookings.put(job.id(), place.returning(wait));
          over = true; // It is the booking's.
          if (other != null) {
            leave(other.tokens); // Of another call for the same job.
          }
          job.retryAfter(wait, "the budget " + name + " has no room for it yet");
        }
        if (job.stop().await(nap(wait))) {
          job.giveBack();
        }
      }
      over = true;
    } finally {
      if (!over) {
        leave(estimate);
      }
    }
    return new Reservation(this, estimate);
  }

  /**
   * Takes one request and so many tokens, waiting as long as it takes.
   *
   * @param stop ends the wait
   * @param estimate tokens it may use; 0 if it uses none
   * @return what was taken; nothing if the stop was asked for
   * @throws InterruptedException if the thread was interrupted; nothing is taken
   * @throws IllegalArgumentException if the estimate is negative, or there is no limit of tokens
   */
  public Optional<Reservation> reserve(StopSignal stop, long estimate) throws InterruptedException {
    check(estimate);
    Place place = queue(estimate);
    boolean over = false;
    try {
      for (Duration wait = take(place); !wait.isZero(); wait = take(place)) {
        if (stop.await(nap(wait))) {
          return Optional.empty();
        }
      }
      over = true;
    } finally {
      if (!over) {
        leave(estimate);
      }
    }
    return Optional.of(new Reservation(this, estimate));
  }

  private void check(long estimate) {
    if (estimate < 0) {
      throw new IllegalArgumentException(
          "Budget " + name + ": " + estimate + " tokens; give zero or more");
    }
    if (estimate > 0 && tokens == null) {
      throw new IllegalArgumentException(
          "Budget " + name + " has no limit of tokens; give it one with tokens(most, in)");
    }
  }

  /** Behind all who wait. */
  private Place queue(long estimate) {
    synchronized (gate) {
      long requestsBefore = requests == null ? 0 : requests.queued;
      long tokensBefore = tokens == null ? 0 : tokens.queued;
      long forRequest = requests == null ? 0 : requests.queue(1);
      long forTokens = tokens == null ? 0 : tokens.queue(estimate);
      long at = Host.current().nanoTime() + Math.max(forRequest, forTokens);
      return new Place(estimate, requestsBefore, tokensBefore, at, pauses, Deadline.never());
    }
  }

  /**
   * Takes what is waited for, if it is time; otherwise how long to wait. The time of a place says
   * who is next. It can't say what is there: others come late to theirs, or have given back what
   * somebody else took then, and no time may have more calls than there are requests for.
   */
  private Duration take(Place place) {
    synchronized (gate) {
      Duration paused = pausedUntil.remaining();
      Duration turn = turn(place);
      if (paused.compareTo(turn) > 0) {
        return Retry.Jitter.above(paused);
      }
      if (!turn.isZero()) {
        return turn;
      }
      long forRequest = requests == null ? 0 : requests.untilTaken(1);
      long forTokens = tokens == null ? 0 : tokens.untilTaken(place.tokens);
      long nanos = Math.max(forRequest, forTokens);
      if (nanos == 0) {
        leave(place.tokens);
        if (requests != null) {
          requests.take(1);
        }
        if (tokens != null) {
          tokens.take(place.tokens);
        }
      }
      return Duration.ofNanos(nanos);
    }
  }

  /** Its time, or earlier if those before it have left, or have used less than they thought. */
  private Duration turn(Place place) {
    long latest = Deadline.at(place.at + (pauses - place.pauses)).remainingNanos();
    long forRequest = requests == null ? 0 : requests.untilTurn(place.requestsBefore, 1);
    long forTokens = tokens == null ? 0 : tokens.untilTurn(place.tokensBefore, place.tokens);
    return Duration.ofNanos(Math.min(latest, Math.max(forRequest, forTokens)));
  }

  /** Less than a wait, after which it may turn out to be shorter. */
  private Duration nap(Duration wait) {
    long part = wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_NAP : wait.toMillis() / 10;
    Duration nap = Duration.ofMillis(Math.clamp(part, SHORTEST_NAP, LONGEST_NAP));
    return nap.compareTo(wait) > 0 || !pausedFor().isZero() ? wait : nap;
  }

  /** Waits no more. */
  private void leave(long estimate) {
    synchronized (gate) {
      if (requests != null) {
        requests.leave(1);
      }
      if (tokens != null) {
        tokens.leave(estimate);
      }
    }
  }

  /** What nobody has come for. */
  private void sweep() {
    bookings.forEach((job, place) -> {
      if (place.kept.hasPassed() && bookings.remove(job, place)) {
        leave(place.tokens);
      }
    });
  }

  /** The call has not been made. */
  void refund(long estimate) {
    synchronized (gate) {
      if (requests != null) {
        requests.giveBack(1);
      }
      if (tokens != null) {
        tokens.giveBack(estimate);
      }
    }
  }

  /** The call has used so many tokens. */
  void settle(long estimate, long actual) {
    if (tokens == null) {
      return;
    }
    synchronized (gate) {
      if (actual > estimate) {
        tokens.take(actual - estimate);
      } else {
        tokens.giveBack(estimate - actual);
      }
    }
  }

  // ---- pausing

  /**
   * Nobody makes a call for so long, and those who wait are no more at once after it than before:
   * what a {@code Retry-After} is good for. A longer pause that is under way stays.
   *
   * @param time from now on
   */
  public void pauseFor(Duration time) {
    if (time.isNegative()) {
      return;
    }
    long nanos = (time.compareTo(LONGEST) > 0 ? LONGEST : time).toNanos();
    synchronized (gate) {
      long more = nanos - pausedUntil.remainingNanos();
      if (more <= 0) {
        return;
      }
      pausedUntil = Deadline.in(Duration.ofNanos(nanos));
      pauses += more;
      if (requests != null) {
        requests.hold(more);
      }
      if (tokens != null) {
        tokens.hold(more);
      }
    }
  }

  /** {@return for how long nobody makes a call; zero if calls may be made} */
  public Duration pausedFor() {
    synchronized (gate) {
      return pausedUntil.remaining();
    }
  }

  /** {@return how many requests could be made now; less than zero if some wait, or it pauses} */
  public long availableRequests() {
    synchronized (gate) {
      return requests == null ? Long.MAX_VALUE : requests.available();
    }
  }

  /**
   * {@return how many tokens could be used now; less than zero if some wait, it pauses, or there is
   * a debt}
   */
  public long availableTokens() {
    synchronized (gate) {
      return tokens == null ? Long.MAX_VALUE : tokens.available();
    }
  }

  @Override
  public String toString() {
    return "budget " + name;
  }
}
