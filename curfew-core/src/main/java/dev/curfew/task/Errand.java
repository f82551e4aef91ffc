// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One call into user code with a limit, on a helper's thread. A CAS decides between its end and the
 * moment at which nobody waits for it any more; the loser is late.
 */
final class Errand {
  private static final int PENDING = 0;
  private static final int RETURNED = 1;
  private static final int THREW = 2;
  private static final int LEFT = 3;

  /** However late a mark is: what is called has at least this long. */
  private static final Duration FLOOR = Duration.ofMillis(100);

  private static final long POLL_NANOS = 2_000_000;

  /** How long taking a stack may hold up the driver. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private final String what;
  private final Action action;
  private final AtomicInteger state = new AtomicInteger(PENDING);
  private final long startedAt = Host.current().nanoTime();
  private final Deadline limit;

  /** Who is unparked when it has ended. */
  private final Thread driver;

  private @Nullable Thread thread;

  /** Written before the state and {@link #ended}, read after either. */
  private @Nullable Throwable failure;

  private volatile long endedAt;
  private volatile boolean ended;

  private Errand(String what, Action action, Deadline limit) {
    this.what = what;
    this.action = action;
    this.limit = limit.remainingNanos() < FLOOR.toNanos() ? Deadline.in(FLOOR) : limit;
    this.driver = Thread.currentThread();
  }

  /** Starts it. The calling thread is its driver. */
  static Errand start(String what, Action action, Deadline limit) {
    Errand errand = new Errand(what, action, limit);
    errand.thread = Helpers.run("curfew-helper " + what, errand::work);
    return errand;
  }

  private void work() {
    int end = RETURNED;
    try {
      action.run();
    } catch (Throwable t) {
      // Throwable: whatever foreign code throws is recorded, and the walk goes on.
      failure = t;
      end = THREW;
    }
    endedAt = Host.current().nanoTime();
    ended = true;
    Host.step();
    if (!state.compareAndSet(PENDING, end)
        && failure != null
        && !(failure instanceof Failures.StillInFlight)) {
      Findings.late(what, failure);
    }
    LockSupport.unpark(driver);
  }

  /** Whether there is nothing to wait for: it has ended, or its limit has passed. The driver. */
  boolean isOver() {
    return state.get() != PENDING || (limit.hasPassed() && state.compareAndSet(PENDING, LEFT));
  }

  /** Whether its call has ended, waited for or not. Any thread. */
  boolean hasEnded() {
    return ended;
  }

  /** Stops waiting for it now, unless it has ended. The driver. */
  void leave() {
    state.compareAndSet(PENDING, LEFT);
  }

  /** Waits until it is over; for a driver that has nothing else to drive. */
  void await() {
    boolean interrupted = false;
    while (!isOver()) {
      Host.current().parkNanos(this, limit.remainingNanos());
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether its call has returned normally, waited for or not. Any thread. */
  boolean hasReturned() {
    return ended && failure == null;
  }

  /** Waits for its call to end; whether it has. Not for a driver that has others to drive. */
  boolean endsBy(Deadline moment) {
    while (!ended && !moment.hasPassed()) {
      Host.current().parkNanos(this, Math.min(POLL_NANOS, moment.remainingNanos()));
      Thread.interrupted(); // A stray flag must not make it spin.
    }
    return ended;
  }

  boolean wasLeft() {
    return state.get() == LEFT;
  }

  @Nullable Throwable failure() {
    return state.get() == THREW ? failure : null;
  }

  /** Nanoseconds it took, or has taken. */
  long took() {
    long ended = state.get() == PENDING || wasLeft() ? Host.current().nanoTime() : endedAt;
    return ended - startedAt;
  }

  Deadline limit() {
    return limit;
  }

  /** Where it is now; for one that was left. Looked at by a helper, since that can stall. */
  List<StackTraceElement> stack() {
    Thread runs = thread;
    if (runs == null || hasEnded()) {
      return List.of();
    }
    AtomicReference<List<StackTraceElement>> seen = new AtomicReference<>(List.of());
    start("stack", () -> seen.set(List.of(runs.getStackTrace())), Deadline.in(LOOK)).await();
    return hasEnded() ? List.of() : seen.get(); // The thread may have gone on to something else.
  }
}
