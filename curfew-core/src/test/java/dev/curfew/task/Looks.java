// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Await;
import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.time.Duration;

/** What every scenario of this package needs under the microscope. */
final class Looks {
  /** Longer than any thread of Curfew's own stays without work. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private Looks() {}

  /** Looks at the body under many seeds, with and without a clock that overtakes. */
  static void everySeed(Microscope.Body body) {
    Microscope.lens().seeds(200).explore(settling(body));
    Microscope.lens().seeds(200).stalling().explore(settling(body));
  }

  /** With a clock that stands still while anything can run: for bodies that measure. */
  static void everySeedOnTime(Microscope.Body body) {
    Microscope.lens().seeds(200).explore(settling(body));
  }

  /** Whether the body of a task has begun, and waits; under the microscope. */
  static boolean waits(Task<?> task) {
    GroupTask<?> record = (GroupTask<?>) task;
    return record.status() == GroupTask.RUNNING
        && record.thread != null
        && record.thread.getState() == Thread.State.WAITING;
  }

  /** What no time-out ends, however far the clock moves. */
  static void sleepUntilInterrupted() throws InterruptedException {
    while (!Thread.interrupted()) {
      Host.current().parkNanos("sleeps", Long.MAX_VALUE);
    }
    throw new InterruptedException("interrupted in its sleep");
  }

  /** Waits, in real time, until no thread of Curfew's own is left: they end when they are idle. */
  static void awaitRest() throws InterruptedException {
    Await.until(
        "the end of idle helpers and timers",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(
                    thread -> thread.getName().matches("curfew-(timer|timers|helper.*|cancel)")));
  }

  /** The timers and helpers stay for a second in case they are needed again. */
  private static Microscope.Body settling(Microscope.Body body) {
    return microscope -> {
      body.run(microscope);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("the body has left the flag of its thread set");
      }
      // In pieces: a clock that overtakes may move past one of them while others could run.
      for (int i = 0; i < 20; i++) {
        Microscope.sleep(LINGER);
      }
    };
  }
}
