// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.NewJob;
import java.time.Instant;

/** Jobs in the hands of a test. */
final class Jobs {
  private Jobs() {}

  static Job of(WorkerStop stop) {
    NewJob job = NewJob.of("payload");
    return new Job(
        new Claim(job.id(), 1, job.payload(), 1, 0, 0, 0, Instant.now()), stop, () -> true);
  }

  static Job any() {
    return of(new WorkerStop());
  }
}
