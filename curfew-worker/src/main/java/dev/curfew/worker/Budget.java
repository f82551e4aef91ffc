// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.StopSignal;
import dev.curfew.time.Deadline;
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
 * <p>A budget begins full. All methods may be called from any thread.
 */
public final class Budget {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
  private static final Duration KEPT = Duration.ofMinutes(1);

  private final String name;
  private final @Nullable Limit requests;
  private final @Nullable Limit tokens;

  /** Since when calls may be made again; written by whoever was told to wait. */
  private final Pause pause = new Pause();

  /** What is kept for jobs that wait in their queue. */
  private final Map<UUID, Booking> bookings = new ConcurrentHashMap<>();

  /** A bucket and how much fits. */
  private record Limit(Bucket bucket, long capacity) {
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
      return new Limit(bucket, most);
    }

    /** Takes them now; how long until they are there. */
    Duration take(long amount) {
      long first = Math.min(amount, capacity);
      long nanos = first == 0 ? 0 : bucket.consumeIgnoringRateLimits(first);
      if (amount > first) {
        long unused = bucket.consumeIgnoringRateLimits(amount - first);
      }
      return Duration.ofNanos(nanos);
    }

    void giveBack(long amount) {
      if (amount > 0) {
        bucket.addTokens(amount);
      }
    }
  }

  /** Taken, to be used from a time on. */
  private record Booking(long tokens, Deadline from, Deadline kept) {
    /** Its job comes back after this wait. */
    Booking returning(Duration wait) {
      return new Booking(tokens, from, Deadline.in(wait.plus(KEPT)));
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
    Booking booking = bookings.remove(job.id());
    if (booking != null && booking.tokens != estimate) {
      giveBack(booking.tokens);
      booking = null;
    }
    if (booking == null) {
      sweep();
      Deadline from = take(estimate);
      booking = new Booking(estimate, from, from);
    }
    boolean taken = false;
    try {
      for (Duration wait = wait(booking.from); !wait.isZero(); wait = wait(booking.from)) {
        if (wait.compareTo(LONGEST_WAIT) > 0) {
          bookings.put(job.id(), booking.returning(wait));
          taken = true; // By the booking.
          job.retryAfter(wait, "the budget " + name + " has no room for it yet");
        }
        if (job.stop().await(wait)) {
          job.giveBack();
        }
      }
      taken = true;
    } finally {
      if (!taken) {
        giveBack(estimate);
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
    Deadline from = take(estimate);
    boolean taken = false;
    try {
      for (Duration wait = wait(from); !wait.isZero(); wait = wait(from)) {
        if (stop.await(wait)) {
          return Optional.empty();
        }
      }
      taken = true;
    } finally {
      if (!taken) {
        giveBack(estimate);
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

  /** Takes both now; when they are there. */
  private Deadline take(long estimate) {
    Duration forRequest = requests == null ? Duration.ZERO : requests.take(1);
    Duration forTokens = tokens == null ? Duration.ZERO : tokens.take(estimate);
    return Deadline.in(forRequest.compareTo(forTokens) > 0 ? forRequest : forTokens);
  }

  private Duration wait(Deadline from) {
    Duration paused = pause.remaining();
    Duration taken = from.remaining();
    return paused.compareTo(taken) > 0 ? Retry.Jitter.above(paused) : taken;
  }

  private void giveBack(long estimate) {
    if (requests != null) {
      requests.giveBack(1);
    }
    if (tokens != null) {
      tokens.giveBack(estimate);
    }
  }

  /** What nobody has come for. */
  private void sweep() {
    bookings.forEach((job, booking) -> {
      if (booking.kept.hasPassed() && bookings.remove(job, booking)) {
        giveBack(booking.tokens);
      }
    });
  }

  /** The call has not been made. */
  void refund(long estimate) {
    giveBack(estimate);
  }

  /** The call has used so many tokens. */
  void settle(long estimate, long actual) {
    if (tokens == null) {
      return;
    }
    if (actual > estimate) {
      long unused = tokens.bucket.consumeIgnoringRateLimits(actual - estimate);
    } else {
      tokens.giveBack(estimate - actual);
    }
  }

  // ---- pausing

  /**
   * Nobody makes a call for so long, and a little longer, not all at once: what a {@code
   * Retry-After} is good for. A longer pause that is under way stays.
   *
   * @param time from now on
   */
  public void pauseFor(Duration time) {
    pause.atLeast(time);
  }

  /** {@return for how long nobody makes a call; zero if calls may be made} */
  public Duration pausedFor() {
    return pause.remaining();
  }

  /** {@return how many requests could be made now; less than zero if some wait} */
  public long availableRequests() {
    return requests == null ? Long.MAX_VALUE : requests.bucket.getAvailableTokens();
  }

  /**
   * {@return how many tokens could be used now; less than zero if some wait, or there is a debt}
   */
  public long availableTokens() {
    return tokens == null ? Long.MAX_VALUE : tokens.bucket.getAvailableTokens();
  }

  @Override
  public String toString() {
    return "budget " + name;
  }

  /** Until when nobody calls. */
  private static final class Pause {
    private Deadline until = Deadline.in(Duration.ZERO);

    synchronized void atLeast(Duration time) {
      if (until.remaining().compareTo(time) < 0) {
        until = Deadline.in(time);
      }
    }

    synchronized Duration remaining() {
      return until.remaining();
    }
  }
}
