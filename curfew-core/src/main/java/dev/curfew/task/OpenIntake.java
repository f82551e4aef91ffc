// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Intake;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
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

  /** Set by a helper, read by the driver of the end. */
  private volatile boolean tookNoMore;

  /** Written by the driver of the end. */
  private @Nullable Errand quiet;

  OpenIntake(String name, Intake intake, @Nullable Group requests, boolean started) {
    this.name = name;
    this.intake = intake;
    this.requests = requests;
    this.started = started;
  }

  void start() throws Exception {
    if (started) {
      return;
    }
    started = true;
    if (requests != null && intake instanceof GroupIntake tasks) {
      tasks.start(requests);
    } else {
      intake.start();
    }
  }

  boolean isStarted() {
    return started;
  }

  /** Goes quiet and waits for what is in flight, on a helper. The driver. */
  void quiet(Deadline limit) {
    if (quiet == null && started) {
      Thread driver = Thread.currentThread();
      quiet =
          Errand.start(
              "quiet " + name,
              () -> {
                intake.quiet();
                tookNoMore = true;
                LockSupport.unpark(driver);
                while (intake.inFlight() > exited() && !limit.hasPassed()) {
                  Host.current().parkNanos(this, POLL_NANOS);
                  if (Thread.interrupted()) {
                    throw new InterruptedException("nobody waits for this intake any more");
                  }
                }
              },
              limit);
    }
  }

  private long exited() {
    return requests == null ? 0 : requests.exited.get();
  }

  /** Whether it takes nothing more: it never started, or its quiet() has returned or failed. */
  boolean isQuiet() {
    return !started || tookNoMore || (quiet != null && quiet.isOver());
  }

  /** Whether nobody has to wait for it: it never started, is quiet, or was left. The driver. */
  boolean isHome() {
    return !started || (quiet != null && quiet.isOver());
  }

  @Nullable Errand quietErrand() {
    return quiet;
  }
}
