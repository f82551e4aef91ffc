// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.StopSignal;
import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A job in the hands of a {@link JobHandler}: what is to be done, and whether it still may be.
 *
 * <p>A handler that returns has done it. To end it in another way, throw what one of {@link
 * #giveBack()}, {@link #retryAfter} and {@link #dead} makes; they throw by themselves, so a
 * forgotten {@code throw} is harmless. Any other exception is a failed attempt.
 *
 * <p>All methods may be called from any thread.
 */
public final class Job {
  /** What every queue can hold. */
  private static final Duration LONGEST_DELAY = Duration.ofDays(36_500);

  private final Claim claim;
  private final StopSignal stop;
  private final BooleanSupplier leaseIsValid;

  /** What it says of itself; written by its handler, read by any thread. */
  private volatile @Nullable String progress;

  /** Set by its handler, read by its runner. */
  private volatile boolean done;

  private volatile boolean begun;

  Job(Claim claim, StopSignal stop, BooleanSupplier leaseIsValid) {
    this.claim = claim;
    this.stop = stop;
    this.leaseIsValid = leaseIsValid;
  }

  /**
   * The same in every attempt: send it as idempotency key.
   *
   * @return the job's id
   */
  public UUID id() {
    return claim.id();
  }

  /** {@return what was put; a copy} */
  public byte[] payload() {
    return claim.payload().clone();
  }

  /** {@return what was put, as UTF-8} */
  public String text() {
    return new String(claim.payload(), StandardCharsets.UTF_8);
  }

  /**
   * Which attempt this is. One that was given back, or refused by a limit, does not count; one that
   * ended its process does.
   *
   * @return from 1
   */
  public int attempt() {
    return claim.attempt();
  }

  /** {@return how often it was given back after it had begun} */
  public int interruptions() {
    return claim.interruptions();
  }

  /** {@return its priority} */
  public int priority() {
    return claim.priority();
  }

  /** {@return when it was put, by the queue's clock} */
  public Instant putAt() {
    return claim.putAt();
  }

  /**
   * Set when the worker takes no more jobs. What is in hand may be finished; whoever waits should
   * wait with this signal, and {@linkplain #giveBack() give back} when it is set.
   *
   * @return the signal
   */
  public StopSignal stop() {
    return stop;
  }

  /**
   * Whether the job is still this worker's. Ask before an effect that must not happen twice; when
   * it is lost, the job is cancelled, too.
   *
   * @return false once another worker may have it
   */
  public boolean leaseIsValid() {
    return leaseIsValid.getAsBoolean();
  }

  /**
   * Says how far it has come, for {@link Worker#running()}.
   *
   * @param how such as {@code page 3 of 7}
   */
  public void progress(String how) {
    progress = Objects.requireNonNull(how, "how was null, expected a text");
  }

  @Nullable String progress() {
    return progress;
  }

  /**
   * Says that the effect of the job is there: whatever comes after, a cancel included, it is done.
   * Without this a handler that returns after its cancel has its job given back, because it may
   * have swallowed its interrupt.
   */
  public void done() {
    done = true;
  }

  boolean isDone() {
    return done;
  }

  /** The handler gets it now: until then it waited for its budget. */
  void begin() {
    begun = true;
  }

  boolean hasBegun() {
    return begun;
  }

  Claim claim() {
    return claim;
  }

  /**
   * Hands it back to its queue at once, without spending an attempt.
   *
   * @return never
   */
  public JobException giveBack() {
    throw new JobException(new JobOutcome.GiveBack(true, Duration.ZERO), false, "given back");
  }

  /**
   * Has it tried again later, without spending an attempt: it is not the job's fault. For what is,
   * throw an exception.
   *
   * @param delay until then
   * @param why for the operator
   * @return never
   * @throws IllegalArgumentException if the delay is negative
   */
  public JobException retryAfter(Duration delay, String why) {
    throw later(delay, false, why);
  }

  /**
   * Has it tried again later, as {@link #retryAfter} does, because its upstream has asked for fewer
   * calls: a worker that adapts does fewer jobs at once then.
   *
   * @param delay until then
   * @param why for the operator
   * @return never
   * @throws IllegalArgumentException if the delay is negative
   */
  public JobException throttled(Duration delay, String why) {
    throw later(delay, true, why);
  }

  private JobException later(Duration delay, boolean throttled, String why) {
    Objects.requireNonNull(why, "why was null, expected a sentence for the operator");
    if (delay.isNegative()) {
      throw new IllegalArgumentException(
          "job " + id() + ": retry after " + delay + "; give zero or a positive duration");
    }
    Duration atMost = delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    return new JobException(new JobOutcome.RetryAfter(atMost, false, why), throttled, why);
  }

  /**
   * Gives it up: it becomes a dead letter, whatever attempts are left.
   *
   * @param why for the operator
   * @return never
   */
  public JobException dead(String why) {
    Objects.requireNonNull(why, "why was null, expected a sentence for the operator");
    throw new JobException(new JobOutcome.Dead(why), false, why);
  }

  @Override
  public String toString() {
    return claim.toString();
  }
}
