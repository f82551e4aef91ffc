// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What the jobs of a worker process do. */
enum Chore {
  /** Sleeps, and ends at an interrupt. */
  NAP,
  /** Goes on whatever comes. */
  STUBBORN,
  /** Throws. */
  FAIL,
  /** Has no work, but waits for a limit. */
  LIMITED;

  /** Jobs with the numbers from 0 up, as text for a queue. */
  List<String> jobs(int count, long millis) {
    List<String> texts = new ArrayList<>();
    for (int job = 0; job < count; job++) {
      texts.add(String.format(Locale.ROOT, "%d %s %d", job, name(), millis));
    }
    return texts;
  }

  /** Does such a job and records its effects. */
  static JobBody recordingTo(Effects effects) {
    return text -> {
      String[] words = text.split(" ", -1);
      int job = Integer.parseInt(words[0]);
      effects.write(Effects.BEGIN, job);
      valueOf(words[1]).take(Long.parseLong(words[2]));
      effects.write(Effects.END, job);
    };
  }

  private void take(long millis) throws InterruptedException {
    switch (this) {
      case NAP -> Thread.sleep(millis);
      case STUBBORN -> sleepThroughInterrupts(millis);
      case LIMITED -> {}
      case FAIL -> throw new IllegalStateException("fails on purpose");
    }
  }

  private static void sleepThroughInterrupts(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.sleep(left);
      } catch (InterruptedException e) {
        // That is what this job is for.
      }
    }
  }
}
