// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Cleanup that blocks, held apart from the cancel that caused it: inside, the interrupt flag is
 * clear and no interrupt of Curfew's arrives, until the limit has passed.
 *
 * <pre>{@code
 * try {
 *   copy(source, target);
 * } finally {
 *   Shield.run(Duration.ofSeconds(2), () -> target.commit());
 * }
 * }</pre>
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
public final class Shield {
  private Shield() {}

  /**
   * Cleanup that returns a value.
   *
   * @param <T> what it returns
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  public interface Body<T extends @Nullable Object, X extends Throwable> {
    /**
     * Runs on the calling thread.
     *
     * @return any value
     * @throws X its own checked exception
     * @throws InterruptedException if the limit has passed, or somebody else interrupts
     */
    T run() throws X, InterruptedException;
  }

  /**
   * Cleanup that returns nothing.
   *
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  public interface VoidBody<X extends Throwable> {
    /**
     * Runs on the calling thread.
     *
     * @throws X its own checked exception
     * @throws InterruptedException if the limit has passed, or somebody else interrupts
     */
    void run() throws X, InterruptedException;
  }

  /**
   * Runs the body under a shield. A cancel that is, or becomes, due is delivered when the shield is
   * left, or inside it once the limit has passed; in a stop also at the mark where resources are
   * closed, if that is earlier.
   *
   * @param limit how long the shield holds
   * @param body the cleanup
   * @param <T> what the body returns
   * @param <X> the body's own checked exception
   * @return what the body returned
   * @throws IllegalArgumentException if the limit is zero or negative
   * @throws X if the body did
   * @throws InterruptedException if the body let it out
   */
  public static <T extends @Nullable Object, X extends Throwable> T call(
      Duration limit, Body<T, X> body) throws X, InterruptedException {
    Objects.requireNonNull(limit, "limit was null, expected a Duration");
    if (limit.isZero() || limit.isNegative()) {
      throw new IllegalArgumentException(
          "Shield: the limit is " + limit + "; give a positive duration, such as 2 s");
    }
    return call(Strand.current(), limit, body);
  }

  static <T extends @Nullable Object, X extends Throwable> T call(
      Strand strand, Duration limit, Body<T, X> body) throws X, InterruptedException {
    StackProbe.touchForBlock();
    Group scope = strand.scope;
    int held = strand.raiseShield();
    Hook.waitOut(strand);
    Expiry expiry = new Expiry(strand, scope, Deadline.in(limit).earlier(Roots.closeMark()));
    try {
      expiry.arm();
      Host.step();
      return body.run();
    } finally {
      expiry.over();
      Expiry outer = expiry.outer;
      strand.lowerShield(held, outer != null && outer.passed);
      Host.step();
      if (outer != null && outer.passed) {
        outer.letThrough(); // It may have passed just now, when it was not the innermost.
      } else if (strand.isDue()) {
        Delivery.again(strand);
      }
    }
  }

  /** The limit of the innermost shield of a strand that has one up. Own thread of the strand. */
  static long limit(Strand strand) {
    Expiry expiry = Expiry.INNERMOST.get(strand);
    return expiry == null || expiry.at.equals(Deadline.never()) ? Group.NO_DEADLINE : expiry.nanos;
  }

  /** Whether the shield at this depth of a strand has reached its limit. Any thread. */
  static boolean hasExpired(Strand strand, int depth) {
    Expiry expiry = Expiry.INNERMOST.get(strand);
    while (expiry != null && expiry.depth != depth) {
      expiry = expiry.outer;
    }
    return expiry != null && expiry.passed;
  }

  /**
   * Runs the body under a shield; see {@link #call}.
   *
   * @param limit how long the shield holds
   * @param body the cleanup
   * @param <X> the body's own checked exception
   * @throws IllegalArgumentException if the limit is zero or negative
   * @throws X if the body did
   * @throws InterruptedException if the body let it out
   */
  public static <X extends Throwable> void run(Duration limit, VoidBody<X> body)
      throws X, InterruptedException {
    call(
        limit,
        () -> {
          body.run();
          return null;
        });
  }

  /** Lets what is held through at the limit of a shield. */
  private static final class Expiry extends Timers.Timer {
    private static final int WAITING = 0;
    private static final int FIRING = 1;
    private static final int OVER = 2;

    /** Of each strand that has a shield up; written by the strand. */
    static final Map<Strand, Expiry> INNERMOST = new ConcurrentHashMap<>();

    private final Strand strand;

    /** The block that the shield was raised in. */
    private final @Nullable Group scope;

    /** How many shields are up, this one included. */
    final int depth;

    final @Nullable Expiry outer;

    /** The limit is over; stays so until the shield is lowered. */
    volatile boolean passed;

    private final AtomicInteger state = new AtomicInteger(WAITING);

    Expiry(Strand strand, @Nullable Group scope, Deadline at) {
      super(at);
      this.strand = strand;
      this.scope = scope;
      depth = strand.shieldDepth();
      outer = INNERMOST.get(strand);
    }

    void arm() {
      INNERMOST.put(strand, this);
      Timers.add(this);
    }

    /** After this it does not, and will not, touch the strand. Own thread of the strand. */
    void over() {
      Timers.remove(this);
      if (!state.compareAndSet(WAITING, OVER)) {
        while (state.get() == FIRING) {
          Host.current().parkNanos(this, 20_000);
        }
      }
      if (outer == null) {
        INNERMOST.remove(strand);
      } else {
        INNERMOST.put(strand, outer);
      }
    }

    @Override
    void fire() {
      if (!state.compareAndSet(WAITING, FIRING)) {
        return;
      }
      try {
        passed = true;
        Host.step();
        letThrough();
      } finally {
        state.set(OVER);
      }
    }

    /**
     * As far as no shield inside holds it off; lowering such a one calls this again. What that has
     * held off, until its own limit, came from outside this shield: it could only be told now.
     */
    void letThrough() {
      boolean innermost = strand.expireShield(depth);
      Host.step();
      CancelReason reason = strand.reason(scope);
      if (reason == null) {
        return;
      }
      // Groups that were opened under the shield were not marked. Their ten seconds begin now.
      Group.Cancel cancel = new Group.Cancel(reason, scope, Host.current().nanoTime());
      for (Group block = strand.scope; block != null && block != scope; block = block.outer) {
        if (block.shieldDepth == depth) {
          block.cancel(cancel);
        }
      }
      if (innermost) {
        Delivery.again(strand);
      }
    }
  }
}
