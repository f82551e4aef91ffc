// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that a consumer has taken.
 *
 * @param id the job's
 * @param token of this claim: a later one of the same job has a greater one
 * @param payload as it was put
 * @param attempt which attempt this is, from 1
 * @param interruptions how often it was given back after it had begun
 * @param crashes how often it was taken back from a worker whose lease had passed
 * @param priority as it was put
 * @param putAt when it was put, by the queue's clock
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes are what a queue keeps; nobody compares them.
public record Claim(
    UUID id,
    long token,
    byte[] payload,
    int attempt,
    int interruptions,
    int crashes,
    int priority,
    Instant putAt) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Claim claim && claim.id.equals(id) && claim.token == token;
  }

  @Override
  public int hashCode() {
    return id.hashCode() * 31 + Long.hashCode(token);
  }

  @Override
  public String toString() {
    return "job " + id + " (attempt " + attempt + ", token " + token + ")";
  }
}
