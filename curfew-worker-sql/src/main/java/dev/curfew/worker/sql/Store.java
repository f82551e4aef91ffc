// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.queue.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * One queue in one database. Every method but {@link #putInside} retries what may pass, for a few
 * seconds, and throws {@link dev.curfew.worker.queue.QueueException} then.
 */
interface Store {
  /** A claim, as a job's id and the token by which it is held. */
  record Key(UUID id, long token) {
    static Key of(Claim claim) {
      return new Key(claim.id(), claim.token());
    }
  }

  /** A consumer's row. */
  record Lessee(UUID id, String name, Duration lease) {}

  /**
   * What a look for jobs has found.
   *
   * @param claims jobs, taken
   * @param nanosUntilNext if there are none, how long until one is due, 0 if one is due that
   *     somebody else looks at; {@link Long#MAX_VALUE} if none waits
   */
  record Taken(List<Claim> claims, long nanosUntilNext) {}

  /**
   * Which settlements were applied.
   *
   * @param keys of those that were applied now
   * @param again whether an earlier attempt may have been applied as well
   */
  record Applied(Set<Key> keys, boolean again) {}

  /**
   * What a renewal has found.
   *
   * @param had whether the lease was there
   * @param running all that the lessee runs, by the database
   * @param given whether others may claim something now that they could not before
   */
  record Renewed(boolean had, Set<Key> running, boolean given) {}

  List<Put> putAll(List<NewJob> jobs) throws InterruptedException;

  /** Puts within somebody's transaction. */
  List<Put> putInside(Connection connection, List<NewJob> jobs) throws SQLException;

  /** Adds the row of a lessee; once, however often it is called. */
  void register(Lessee lessee) throws InterruptedException;

  /** Takes jobs for a lessee whose lease has not passed. */
  Taken take(Lessee lessee, int most) throws InterruptedException;

  Applied settle(Lessee lessee, List<Settlement> settlements) throws InterruptedException;

  /** Those of the ids that the queue still has. */
  Set<UUID> present(Collection<UUID> ids) throws InterruptedException;

  /** Renews a lease, and takes back the jobs of those whose lease has passed. */
  Renewed renew(Lessee lessee) throws InterruptedException;

  /** Gives back some jobs that a lessee has never seen. */
  void giveBack(Lessee lessee, Collection<Key> keys) throws InterruptedException;

  /** Gives back all jobs of a lessee and removes its row. An interrupt does not end it. */
  void leave(Lessee lessee);

  /** Begins to look for what other processes put, until {@link #unwatch}. */
  void watch();

  void unwatch();

  QueueStats stats();

  List<JobView> list(JobState state, int most);

  Optional<JobView> find(UUID id);

  List<UUID> requeue(Collection<UUID> ids);

  List<UUID> drop(Collection<UUID> ids);

  void close();
}
