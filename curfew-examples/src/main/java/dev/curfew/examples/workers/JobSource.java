// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/** Puts jobs of all kinds, and keeps account of those whose put has returned. */
final class JobSource {
  /** How many jobs in a round. */
  private static final int JOBS = 20;

  /**
   * A job whose put has returned.
   *
   * @param due milliseconds of the wall clock, at the latest
   */
  record Accepted(Kind kind, long due) {}

  private final JobQueue queue;
  private final SplittableRandom random;
  private final Map<UUID, Accepted> accepted = new HashMap<>();
  private int refused;

  JobSource(JobQueue queue, SplittableRandom random) {
    this.queue = queue;
    this.random = random;
  }

  Map<UUID, Accepted> accepted() {
    return accepted;
  }

  /** How many puts had to be tried again. */
  int refused() {
    return refused;
  }

  void putSome(int round) throws InterruptedException {
    for (int i = 0; i < JOBS; i++) {
      put(choose(round, i));
    }
  }

  private Kind choose(int round, int i) {
    if (round % 40 == 7 && i == 0) {
      return Kind.CRASH;
    }
    if (round % 4 == 1 && i < 6) {
      return Kind.LIMITED; // More at once than the budget has room for: some wait for it.
    }
    int dice = random.nextInt(100);
    if (dice < 50) {
      return Kind.SHORT;
    }
    if (dice < 53) {
      return Kind.LONG;
    }
    if (dice < 54) {
      return Kind.STUBBORN;
    }
    if (dice < 58) {
      return Kind.POISON;
    }
    if (dice < 72) {
      return Kind.FLAKY;
    }
    if (dice < 76) {
      return Kind.LIMITED;
    }
    return dice < 88 ? Kind.THROTTLED : Kind.UNIQUE;
  }

  private void put(Kind kind) throws InterruptedException {
    String key = kind == Kind.UNIQUE ? "key-" + random.nextInt(5) : "-";
    NewJob job = NewJob.of(kind + " " + key).withPriority(random.nextInt(3) - 1);
    if (kind == Kind.UNIQUE) {
      job = job.withUniqueKey(key);
    }
    if (random.nextInt(5) == 0) {
      job = job.in(Duration.ofMillis(random.nextInt(1_500)));
    }
    Put answer = putUntilAnswered(job);
    if (answer.id().equals(job.id())) {
      long due = System.currentTimeMillis() + job.delay().toMillis();
      accepted.put(job.id(), new Accepted(kind, due));
    }
  }

  /** Again with the same id, as long as it is not known whether it was put. */
  private Put putUntilAnswered(NewJob job) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return queue.put(job);
      } catch (QueueException e) {
        refused++;
        if (attempt == 60 || !e.isPassing()) {
          throw e;
        }
        Thread.sleep(200);
      }
    }
  }
}
