// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job to be put in a queue.
 *
 * <pre>{@code
 * queue.put(NewJob.of("https://example.org/page").withUniqueKey(url).in(Duration.ofMinutes(5)));
 * }</pre>
 *
 * @param id unlike that of any other job; a time-ordered UUID unless one is given. Putting the same
 *     id twice adds the job once
 * @param payload what the handler gets; not to be changed afterwards
 * @param priority the higher, the sooner; 0 unless given
 * @param delay from the put on; zero unless given
 * @param uniqueKey at most one job of a queue that waits or runs has this key; null for none
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes are what a queue keeps; nobody compares them.
public record NewJob(
    UUID id, byte[] payload, int priority, Duration delay, @Nullable String uniqueKey) {
  /** The longest payload, in bytes: what a queue keeps in its rows. */
  public static final int LONGEST_PAYLOAD = 16 * 1024 * 1024;

  /** Checks what was given. */
  public NewJob {
    Objects.requireNonNull(id, "id was null, expected a UUID");
    Objects.requireNonNull(payload, "payload was null, expected bytes");
    Objects.requireNonNull(delay, "delay was null, expected a Duration");
    if (payload.length > LONGEST_PAYLOAD) {
      throw new IllegalArgumentException(
          "NewJob: the payload has "
              + payload.length
              + " bytes, more than "
              + LONGEST_PAYLOAD
              + "; keep it elsewhere and put where it is");
    }
    if (delay.isNegative() || delay.compareTo(Duration.ofDays(36_500)) > 0) {
      throw new IllegalArgumentException(
          "NewJob: the delay is " + delay + "; give zero or a positive duration, up to a century");
    }
    if (uniqueKey != null && (uniqueKey.isEmpty() || uniqueKey.length() > 500)) {
      throw new IllegalArgumentException(
          "NewJob: the unique key has " + uniqueKey.length() + " characters; give 1 to 500");
    }
    if (uniqueKey != null && uniqueKey.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "NewJob: the unique key has a NUL character in it, which PostgreSQL can't store");
    }
    if (uniqueKey != null && !StandardCharsets.UTF_8.newEncoder().canEncode(uniqueKey)) {
      // As UTF-8 it would be a question mark, so that different keys would be the same.
      throw new IllegalArgumentException(
          "NewJob: the unique key has half of a surrogate pair in it, which no database can store");
    }
  }

  /**
   * A job that is due at once.
   *
   * @param payload what the handler gets, as UTF-8
   * @return the job, with a new id
   */
  public static NewJob of(String payload) {
    return of(payload.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A job that is due at once.
   *
   * @param payload what the handler gets
   * @return the job, with a new id
   */
  public static NewJob of(byte[] payload) {
    return new NewJob(JobIds.next(), payload.clone(), 0, Duration.ZERO, null);
  }

  /**
   * The same, due later.
   *
   * @param newDelay from the put on
   * @return the job
   */
  public NewJob in(Duration newDelay) {
    return new NewJob(id, payload, priority, newDelay, uniqueKey);
  }

  /**
   * The same with this priority.
   *
   * @param newPriority the higher, the sooner
   * @return the job
   */
  public NewJob withPriority(int newPriority) {
    return new NewJob(id, payload, newPriority, delay, uniqueKey);
  }

  /**
   * The same, not added when a job with this key waits or runs.
   *
   * @param key 1 to 500 characters
   * @return the job
   */
  public NewJob withUniqueKey(String key) {
    return new NewJob(id, payload, priority, delay, key);
  }

  /**
   * The same with this id, for who wants to put it again when it is not known whether the first put
   * came through.
   *
   * @param newId unlike that of any other job
   * @return the job
   */
  public NewJob withId(UUID newId) {
    return new NewJob(newId, payload, priority, delay, uniqueKey);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NewJob job && job.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** {@return its id and size, not what is in it} */
  @Override
  public String toString() {
    return "NewJob " + id + " (" + payload.length + " bytes)";
  }
}
