// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.QueueStats;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A durable job queue in a SQLite file, or in PostgreSQL.
 *
 * <p>Life cycle: opened by {@link #sqlite}, {@link #postgres} or {@link #of}, which create the
 * tables if they are missing; closed after the workers that read it. Several processes may have the
 * same queue open, and several queues may share a file or a database.
 *
 * <pre>{@code
 * SqlJobQueue queue = group.own("queue", SqlJobQueue.sqlite(Path.of("jobs.db")));
 * queue.put(NewJob.of("https://example.org/page"));
 * }</pre>
 *
 * <p>SQLite needs nothing but a file on a local disk, and serves the processes of one machine: one
 * of them writes at a time, and what one puts another finds within about 20 ms. PostgreSQL (13 or
 * newer) serves many machines.
 *
 * <p>Put a job within a transaction of your own with {@link #put(Connection, NewJob)}: it is there
 * if, and only if, that commits.
 *
 * <p>Cancellation: what has not begun ends at an interrupt at once and has done nothing; what the
 * database is doing is awaited for up to 1 s. No connection is used by the threads of callers, so
 * an interrupt breaks none. Nothing waits without a limit: a database that does not answer for 5 s
 * is given up.
 *
 * <p>Failures: what may pass (a lost connection, a server that restarts, a deadlock, a locked file)
 * is retried for up to 5 s; then, and for all else, a {@link QueueException} says what happened,
 * why, what to do, and whether it may pass. Where a connection was lost in the middle of a put, the
 * put is retried with the same id, so that it is done once.
 *
 * <p>Threads: all methods may be called from any thread. The queue has a few daemon threads named
 * {@code curfew-queue-…} that end with {@link #close()}.
 *
 * @see SqlQueueOptions
 */
public final class SqlJobQueue implements JobQueue {
  private final Store store;
  private final Hints hints;

  private SqlJobQueue(Store store, Hints hints) {
    this.store = store;
    this.hints = hints;
  }

  /**
   * A queue in a SQLite file, with the default options.
   *
   * @param file is created if it is missing; its folder is not
   * @return the queue, open
   * @throws QueueException if the file can't be opened or is of a newer version
   */
  public static SqlJobQueue sqlite(Path file) {
    return sqlite(file, SqlQueueOptions.defaults());
  }

  /**
   * A queue in a SQLite file.
   *
   * @param file is created if it is missing and tables may be created; its folder is not
   * @param options how it is opened; they name no schema
   * @return the queue, open
   * @throws QueueException if the file can't be opened or is of a newer version
   */
  public static SqlJobQueue sqlite(Path file, SqlQueueOptions options) {
    if (options.schema() != null) {
      throw new IllegalArgumentException(
          "sqlite: the options name the schema "
              + options.schema()
              + ", but SQLite has none: leave it out, or use another file");
    }
    Hints hints = new Hints();
    return new SqlJobQueue(SqliteStore.open(new SqliteFile(file, options), hints), hints);
  }

  /**
   * A queue in PostgreSQL, with the default options and up to seven connections of its own, one
   * more while it has consumers.
   *
   * @param jdbcUrl as the driver takes it: {@code
   *     jdbc:postgresql://host/database?user=…&password=…}; of several hosts the one that takes
   *     writes, with {@code targetServerType=primary}
   * @return the queue, open
   * @throws QueueException if the server can't be reached, or the tables are of a newer version
   */
  public static SqlJobQueue postgres(String jdbcUrl) {
    return postgres(jdbcUrl, SqlQueueOptions.defaults());
  }

  /**
   * A queue in PostgreSQL, with up to seven connections of its own, one more while it has
   * consumers.
   *
   * @param jdbcUrl as the driver takes it, with user and password
   * @param options how it is opened
   * @return the queue, open
   * @throws QueueException if the server can't be reached, or the tables are of a newer version
   */
  public static SqlJobQueue postgres(String jdbcUrl, SqlQueueOptions options) {
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException(
          "postgres: the URL does not begin with jdbc:postgresql: ; give one such as"
              + " jdbc:postgresql://host/database?user=me&password=mine");
    }
    PostgresDoor.check(jdbcUrl);
    return open(PostgresDoor.to(jdbcUrl), options);
  }

  /**
   * A queue in PostgreSQL with connections of a pool that the caller closes, after the queue. It
   * takes up to seven at a time, and keeps one while it has consumers; renewals of leases are late
   * if the pool has none to give.
   *
   * @param pool gives connections to PostgreSQL, not through a proxy that shares them between
   *     transactions
   * @param options how it is opened
   * @return the queue, open
   * @throws QueueException if the server can't be reached, or the tables are of a newer version
   */
  public static SqlJobQueue of(DataSource pool, SqlQueueOptions options) {
    return open(PostgresDoor.to(pool), options);
  }

  private static SqlJobQueue open(PostgresDoor door, SqlQueueOptions options) {
    try {
      PostgresSql sql = new PostgresSql(options.schema());
      door.prepare(sql, options.createTables());
      Hints hints = new Hints();
      return new SqlJobQueue(new PostgresStore(door, sql, options, hints), hints);
    } catch (RuntimeException e) {
      door.close();
      throw e;
    }
  }

  /** {@return the statements that create the tables in SQLite, for those who do it by hand} */
  public static String sqliteDdl() {
    return SqliteSql.DDL;
  }

  /**
   * The statements that create the tables in PostgreSQL, for those who do it by hand.
   *
   * @param schema has the tables; null for the first of the search path
   * @return the statements, which do nothing where the tables are there
   */
  public static String postgresDdl(@Nullable String schema) {
    return new PostgresSql(
            schema == null ? null : SqlQueueOptions.defaults().withSchema(schema).schema())
        .ddl();
  }

  @Override
  public List<Put> putAll(List<NewJob> jobs) throws InterruptedException {
    return jobs.isEmpty() ? List.of() : store.putAll(List.copyOf(jobs));
  }

  /**
   * Puts a job within the transaction of a connection: it is in the queue if, and only if, that
   * commits. Workers hear of it at the commit in PostgreSQL, and find it within about 20 ms in
   * SQLite. Nothing is retried here, since only the caller can repeat its transaction.
   *
   * @param connection to the database that has the queue's tables; not used after the return
   * @param job what to do, and when; a delay counts from now on
   * @return its id, and whether it was added or was there already by its unique key or id
   * @throws SQLException as the database says; the transaction is of no more use then
   */
  public Put put(Connection connection, NewJob job) throws SQLException {
    return store.putInside(connection, List.of(job)).getFirst();
  }

  @Override
  public JobConsumer consume(String name, Duration lease) throws InterruptedException {
    Objects.requireNonNull(name, "name was null, expected who takes the jobs");
    if (lease.compareTo(Duration.ofSeconds(1)) < 0 || lease.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(
          "consume: the lease is " + lease + "; give 1 s to a year, for example 20 s");
    }
    Store.Lessee lessee = new Store.Lessee(UUID.randomUUID(), name, lease);
    store.register(lessee);
    return new SqlConsumer(store, hints, lessee);
  }

  @Override
  public QueueStats stats() {
    return store.stats();
  }

  @Override
  public List<JobView> list(JobState state, int most) {
    if (most < 0) {
      throw new IllegalArgumentException("list: at most " + most + " jobs; give 0 or more");
    }
    return store.list(state, most);
  }

  @Override
  public Optional<JobView> find(UUID id) {
    return store.find(id);
  }

  @Override
  public List<UUID> requeue(Collection<UUID> ids) {
    return ids.isEmpty() ? List.of() : store.requeue(List.copyOf(ids));
  }

  @Override
  public List<UUID> drop(Collection<UUID> ids) {
    return ids.isEmpty() ? List.of() : store.drop(List.copyOf(ids));
  }

  @Override
  public void close() {
    store.close();
    hints.give();
  }

  /** For tests. */
  Store store() {
    return store;
  }
}
