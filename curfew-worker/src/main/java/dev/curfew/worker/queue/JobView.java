// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as an operator sees it.
 *
 * @param id the job's
 * @param queue the name of its queue
 * @param state where it stands
 * @param payload as it was put
 * @param priority the higher, the sooner
 * @param uniqueKey as it was put
 * @param putAt when it was put
 * @param due when it may be claimed; for a running one when it was claimed
 * @param attempts how many were counted
 * @param interruptions how often it was given back after it had begun
 * @param crashes how often it was taken back from a worker whose lease had passed
 * @param worker who has claimed it; null if nobody
 * @param lastError why it is retried or dead; null if it has not failed yet
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes are what a queue keeps; nobody compares them.
public record JobView(
    UUID id,
    String queue,
    JobState state,
    byte[] payload,
    int priority,
    @Nullable String uniqueKey,
    Instant putAt,
    Instant due,
    int attempts,
    int interruptions,
    int crashes,
    @Nullable String worker,
    @Nullable String lastError) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobView view
        && view.id.equals(id)
        && view.state == state
        && view.attempts == attempts
        && view.due.equals(due);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
