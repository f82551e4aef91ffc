// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Intake;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** An intake that a group has, from its start until it is quiet and nothing is in flight. */
final class OpenIntake {
  /** How often an intake is asked whether something is still in flight: nobody tells us. */
  private static final long POLL_NANOS = 2_000_000;

  final String name;
  final Intake intake;

  /** The group of its tasks, if it has one. */
  final @Nullable Group requests;

  /** Set by whoever starts it, read by any thread. */
  private volatile boolean started;

  /** It is in start(), which may hang; written by whoever starts it, read by any thread. */
  private volatile boolean starting;

  /** Set by a helper, read by the driver of the end. */
  private volatile boolean tookNoMore;

  /** Written by the driver of the end. */
  private @Nullable Errand quiet;

  /** A background task that is an intake itself. */
  private final @Nullable Task<?> task;

  /** Written by the thread that tells it. */
  private volatile @Nullable Errand retiring;

  OpenIntake(String name, Intake intake, @Nullable Group requests, @Nullable Task<?> task) {
    this.name = name;
    this.intake = intake;
    this.requests = requests;
    this.task = task;
    started = task != null;
  }

  /** Whether it may bring work. */
  boolean isOpen() {
    return task == null || !task.isDone();
  }

  /** The service is no longer ready. On a helper; any thread. */
  void retire(String path) {
    if (started) {
      retiring =
          Errand.start(
              "retire " + name,
              () -> {
                try {
                  intake.retire();
                } catch (Throwable t) {
                  // Throwable: foreign code; the stop goes on without it.
                  Findings.note(path, "failed to retire", t);
                }
              },
              Deadline.in(Walk.LIMIT));
    }
  }

  /** The call of retire() that has not returned, if there is one. */
  @Nullable Errand hangingRetire() {
    Errand errand = retiring;
    return errand == null || errand.hasEnded() ? null : errand;
  }

  void start() throws Exception {
    if (started) {
      return;
    }
    starting = true;
    started = true;
    try {
      if (requests != null && intake instanceof GroupIntake tasks) {
        tasks.start(requests);
      } else {
        intake.start();
      }
    } finally {
      starting = false;
    }
  }

  /** Goes quiet and waits for what is in flight, on a helper. The driver. */
  void quiet(Deadline limit) {
    if (quiet == null && started) {
      Thread driver = Thread.currentThread();
      quiet =
          Errand.start(
              "quiet " + name,
              () -> {
                awaitStart(limit);
                intake.quiet();
                tookNoMore = true;
                LockSupport.unpark(driver);
                long inFlight = intake.inFlight() - exited();
                while (inFlight > 0) {
                  if (limit.hasPassed()) {
                    if (requests != null || task != null) {
                      return; // Its tasks speak for themselves: each is asked, and cancelled.
                    }
                    throw new Failures.StillInFlight(inFlight);
                  }
                  Host.current().parkNanos(this, POLL_NANOS);
                  if (Thread.interrupted()) {
                    throw new InterruptedException("nobody waits for this intake any more");
                  }
                  inFlight = intake.inFlight() - exited();
                }
              },
              limit);
    }
  }

  private long exited() {
    return requests == null ? 0 : requests.exited.get();
  }

  /** An intake that is asked to be quiet while it starts would start all the same. */
  private void awaitStart(Deadline limit) throws TimeoutException {
    while (starting) {
      if (limit.hasPassed()) {
        throw new TimeoutException("its start() had not returned");
      }
      Host.current().parkNanos(this, POLL_NANOS);
    }
  }

  /** Whether it takes nothing more: it never started, or its quiet() has returned or failed. */
  boolean isQuiet() {
    return !started || tookNoMore || (quiet != null && quiet.isOver());
  }

  /** It took nothing more, and what it had in flight are tasks: those are named by themselves. */
  boolean isBlameless() {
    return tookNoMore && (requests != null || task != null);
  }

  /** Whether nobody has to wait for it: it never started, is quiet, or was left. The driver. */
  boolean isHome() {
    return !started || (quiet != null && quiet.isOver());
  }

  /** Nanoseconds until it is home at the latest. The driver. */
  long untilLook() {
    Errand errand = quiet;
    return isHome() || errand == null
        ? Long.MAX_VALUE
        : Math.max(1, errand.limit().remainingNanos());
  }

  @Nullable Errand quietErrand() {
    return quiet;
  }
}
