// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Does one job: tries up to five times, pausing longer and longer in between. */
final class Attempts {
  /** How a job ended. */
  enum End {
    DONE,
    FAILED,
    GIVE_BACK
  }

  /** How to wait between two attempts. */
  @FunctionalInterface
  interface Pause {
    /** Waits this long; returns early, and true, if the job should be given back instead. */
    boolean await(Duration atMost) throws InterruptedException;
  }

  private static final int LIMIT = 5;

  private final UpstreamClient upstream;

  Attempts(UpstreamClient upstream) {
    this.upstream = upstream;
  }

  End work(String job, Pause pause) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        int status = upstream.work(job, attempt);
        if (status == 200) {
          return End.DONE;
        }
        if (status == 422) {
          return End.FAILED;
        }
      } catch (IOException e) {
        // The connection was cut, which is worth another attempt like a 500.
      }
      if (attempt == LIMIT) {
        return End.FAILED;
      }
      if (pause.await(backoff(attempt))) {
        return End.GIVE_BACK;
      }
    }
  }

  /** 25, 50, 100, 200 ms, each give or take half of it, so that retries don't come in step. */
  private static Duration backoff(int attempt) {
    long full = 25L << (attempt - 1);
    return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full + 1));
  }
}
