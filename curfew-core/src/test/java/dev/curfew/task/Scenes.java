// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import dev.curfew.time.Exploration;
import dev.curfew.time.Host;
import dev.curfew.time.Lens;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** What scenarios about groups share. */
final class Scenes {
  /** The finder delivers again after this; what a cancel alone reached has ended before. */
  static final Duration FIRST_DELIVERY = Duration.ofMillis(40);

  private static final Duration TIMERS_AND_HELPERS_GONE = Duration.ofSeconds(10);

  private Scenes() {}

  static Exploration explore(int seeds, Microscope.Body body) {
    return explore(Microscope.lens().seeds(seeds), body);
  }

  /** Curfew's own threads linger for a second of virtual time; they must be gone at the end. */
  static Exploration explore(Lens lens, Microscope.Body body) {
    return lens.explore(microscope -> {
      body.run(microscope);
      for (int i = 0; i < 12; i++) {
        Microscope.sleep(TIMERS_AND_HELPERS_GONE); // In parts: a stall may skip some of them.
      }
      Findings.take("");
    });
  }

  /** Waits for an interrupt, as a well-behaved task does. */
  static void sleepUntilCancelled() throws InterruptedException {
    Microscope.sleep(Duration.ofHours(1));
    throw new AssertionError("it was to be cancelled, and slept for an hour");
  }

  /** The same without a time-out, for scenarios whose clock may run ahead. */
  static void waitUntilCancelled() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /** Swallows every interrupt for this long. */
  static void ignoreInterrupts(Duration time) {
    Deadline end = Deadline.in(time);
    while (!end.hasPassed()) {
      Host.current().parkNanos(end, end.remainingNanos());
      boolean swallowed = Thread.interrupted();
      if (swallowed) {
        Host.step();
      }
    }
  }

  /** Passes so many interleaving points. */
  static void steps(int count) {
    for (int i = 0; i < count; i++) {
      Host.step();
    }
  }
}
